#!/bin/sh
# Packs review/ into review.tar.gpg. A bundle holds secrets, so it is encrypted; and what the key opens was made by
# somebody who has the key, so that nobody else can slip a plan of his own into the apply.
#
# REGRAFT_BUNDLE_KEY: a long random secret of the repository.
set -eu
umask 077
: "${REGRAFT_BUNDLE_KEY:?make a long random secret of the repository of this name}"

GNUPGHOME=$(mktemp -d)
export GNUPGHOME
trap 'gpgconf --kill gpg-agent; rm -rf "$GNUPGHOME" review.tar' EXIT

tar -cf review.tar review
printf '%s\n' "$REGRAFT_BUNDLE_KEY" |
  gpg --batch --yes --quiet --pinentry-mode loopback --passphrase-fd 0 \
    --symmetric --cipher-algo AES256 --output review.tar.gpg review.tar
