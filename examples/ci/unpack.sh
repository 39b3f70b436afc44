#!/bin/sh
# Unpacks the review.tar.gpg that pack.sh has made into review/.
#
# REGRAFT_BUNDLE_KEY: the secret that it was packed with.
set -eu
umask 077
: "${REGRAFT_BUNDLE_KEY:?make a long random secret of the repository of this name}"

GNUPGHOME=$(mktemp -d)
export GNUPGHOME
trap 'gpgconf --kill gpg-agent; rm -rf "$GNUPGHOME" review.tar' EXIT

rm -rf review
if ! printf '%s\n' "$REGRAFT_BUNDLE_KEY" |
  gpg --batch --yes --quiet --pinentry-mode loopback --passphrase-fd 0 \
    --decrypt --output review.tar review.tar.gpg; then
  echo "unpack.sh: review.tar.gpg is not what pack.sh has made with this REGRAFT_BUNDLE_KEY: plan again" >&2
  exit 1
fi
tar -xf review.tar
