#!/bin/sh
# regraft-hook: makes the temporary volumes of a machine anew whenever it starts and ends.
#
# `regraft hook install` puts it into /etc/libvirt/hooks/qemu.d, `regraft hook remove` takes it away. libvirt runs it as
# `NAME OPERATION SUBOPERATION EXTRA`, the machine's definition on standard input, and waits for it: so it cannot race
# with the machine. It must not call libvirt. It always succeeds: a volume that cannot be reset keeps no machine off.
#
# Only what the definition's metadata names as temporary is ever touched, and of that only what is an overlay of this
# machine by its name and one of its disks. What was done and what was refused stands in syslog (logger -t regraft-hook).
set -u
umask 077
LC_ALL=C
PATH=$PATH:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH

notes=/run/regraft-hook
saved_images=/var/lib/libvirt/qemu/save
machine_logs=/var/log/libvirt/qemu
namespace=https://regraft.dev/xmlns/volumes/1

name=${1-}
event=${2-}/${3-}
ending=${4--}
unfinished=
# What is printed at a restore or a migration would become the machine's definition.
exec >/dev/null 2>&1
trap '[ -z "$unfinished" ] || rm -f -- "$unfinished"; exit 0' EXIT
trap 'exit 0' HUP INT TERM
# Read to its end before anything else: a definition that is left unread is an error to libvirt.
definition=$(cat)

say() { logger -t regraft-hook -p "daemon.$1" -- "$name: $2"; }

# Prints a line for each temporary volume: target, path, size, backing, format, and what the machine has at that target
# (a file, or the name of a volume), separated by the character 037.
temporary_volumes() {
  printf '%s\n' "$definition" | awk -v wanted="$namespace" '
    function character(entity) {
      if (entity == "amp") return "&"
      if (entity == "lt") return "<"
      if (entity == "gt") return ">"
      if (entity == "quot") return "\""
      if (entity == "apos") return "\047"
      if (entity ~ /^#x/) return utf8(hexadecimal(substr(entity, 3)))
      return utf8(substr(entity, 2) + 0)
    }
    function hexadecimal(digits,   number, place) {
      number = 0
      for (place = 1; place <= length(digits); place++)
        number = number * 16 + index("0123456789abcdef", tolower(substr(digits, place, 1))) - 1
      return number
    }
    function utf8(code) {
      if (code < 128) return sprintf("%c", code)
      if (code < 2048) return sprintf("%c%c", 192 + int(code / 64), 128 + code % 64)
      if (code < 65536) return sprintf("%c%c%c", 224 + int(code / 4096), 128 + int(code / 64) % 64, 128 + code % 64)
      return sprintf("%c%c%c%c", 240 + int(code / 262144), 128 + int(code / 4096) % 64, 128 + int(code / 64) % 64, 128 + code % 64)
    }
    function text(raw,   decoded, start, end) {
      decoded = ""
      while ((start = index(raw, "&")) > 0) {
        decoded = decoded substr(raw, 1, start - 1)
        raw = substr(raw, start + 1)
        end = index(raw, ";")
        decoded = decoded character(substr(raw, 1, end - 1))
        raw = substr(raw, end + 1)
      }
      return decoded raw
    }
    # Takes a tag apart into the array `value`; returns whether the element has no content.
    function read_tag(tag,   key, quote, end) {
      for (key in value) delete value[key]
      sub(/^[^ \t\r\n\/>]+/, "", tag)
      while (match(tag, /^[ \t\r\n]*[^ \t\r\n=\/>]+=["\047]/)) {
        key = substr(tag, 1, RLENGTH - 2)
        sub(/^[ \t\r\n]+/, "", key)
        quote = substr(tag, RLENGTH, 1)
        tag = substr(tag, RLENGTH + 1)
        end = index(tag, quote)
        value[key] = text(substr(tag, 1, end - 1))
        tag = substr(tag, end + 1)
      }
      return tag ~ /^[ \t\r\n]*\//
    }
    BEGIN { RS = "<" }
    skipped == "" && substr($0, 1, 3) == "!--" { skipped = "-->" }
    skipped == "" && substr($0, 1, 8) == "![CDATA[" { skipped = "]]>" }
    skipped != "" { if (index($0, skipped) > 0) skipped = ""; next }
    NR == 1 || /^[?!]/ { next }
    /^\// { sub(/\/[^\/]*$/, "", place); next }
    {
      match($0, /^[^ \t\r\n\/>]+/)
      place = place "/" substr($0, 1, RLENGTH)
      empty = read_tag($0)
    }
    place == "/domain/metadata/regraft:volumes" { ours = value["xmlns:regraft"] == wanted }
    ours && place == "/domain/metadata/regraft:volumes/regraft:temporary" {
      targets[++count] = value["target"]
      fields[count] = value["target"] "\037" value["path"] "\037" value["size"] "\037" value["backing"] "\037" value["backing-format"]
    }
    place == "/domain/devices/disk" { disk++ }
    place == "/domain/devices/disk/source" { source[disk] = value["file"] "\037" value["volume"] }
    place == "/domain/devices/disk/target" { at[value["dev"]] = disk }
    empty { sub(/\/[^\/]*$/, "", place) }
    END {
      for (number = 1; number <= count; number++) {
        line = fields[number] "\037" source[at[targets[number]]]
        # A line break in a name would end the line too early.
        if (line !~ /[\001-\036]/) print line
      }
    }'
}

refuse() { say warning "$target is not reset: $path $1"; }

# What forbids to reset the volume by its name and its place, or nothing.
forbidden_by_place() {
  own=
  case $file_name in "$name".*) own=${file_name#"$name".} ;; esac
  case $path in /*) ;; *) own= ;; esac
  printf '%s\n' "$own" | grep -Eq '^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[0-9]{14}\.qcow2$' ||
    { echo 'is not named as an overlay of this machine' && return; }
  [ "$file" = "$path" ] || [ "$volume" = "$file_name" ] ||
    { echo 'is not what the machine has there' && return; }
  [ ! -L "$path" ] || { echo 'is a symbolic link' && return; }
  [ ! -e "$path" ] || [ -f "$path" ] || { echo 'is not a regular file' && return; }
  [ -n "$size$backing" ] || { echo 'has neither a size nor a backing file' && return; }
  case $size in *[!0-9]*) echo "has a size that is no number of bytes: $size" && return ;; esac
  [ -n "$backing" ] || return
  case $format in qcow2 | raw) ;; *) echo "stands on a file of unknown format: $format" && return ;; esac
  case $backing in /*) ;; *) echo "stands on $backing, which is not an absolute path" && return ;; esac
  [ -f "$backing" ] || echo "stands on $backing, which is not there"
}

# What forbids to reset the volume by its content, or nothing. A file that cannot be read as qcow2 is of no use to
# the machine either: nothing forbids to make it anew.
forbidden_by_content() {
  content=$(timeout 60 qemu-img info -f qcow2 "$path" 2>&1)
  [ $? -ne 124 ] || { echo 'cannot be looked at within 60 s' && return; }
  case $content in *'Failed to get'*lock*) echo 'is in use' && return ;; esac
  printf '%s\n' "$content" | grep -q '^Snapshot list:' && echo 'holds snapshots'
}

# Makes the volume anew beside the old file and puts it in its place, so that there is always a whole one.
make_anew() {
  rm -f -- "$unfinished"
  set -- -q -f qcow2
  [ -z "$backing" ] || set -- "$@" -b "$backing" -F "$format"
  set -- "$@" "$unfinished"
  [ -z "$size" ] || set -- "$@" "$size"
  timeout 60 qemu-img create "$@" 2>&1 || return
  if [ -e "$path" ]; then
    chown "$(stat -c %u:%g "$path")" "$unfinished" 2>&1 && chmod "$(stat -c %a "$path")" "$unfinished" 2>&1 || return
    if selinuxenabled; then chcon --reference="$path" "$unfinished" 2>&1 || return; fi
  fi
  mv -f -- "$unfinished" "$path" 2>&1
}

reset_volumes() {
  # Not through a pipe: the trap must know what is unfinished.
  while IFS=$(printf '\037') read -r target path size backing format file volume; do
    file_name=${path##*/}
    [ -n "$target" ] || continue
    obstacle=$(forbidden_by_place)
    if [ -z "$obstacle" ]; then
      # What was deleted while the machine ran is missed at its next start only.
      if [ -e "$path" ]; then obstacle=$(forbidden_by_content); elif [ "$event" = release/end ]; then obstacle='is not there'; fi
    fi
    if [ -n "$obstacle" ]; then
      refuse "$obstacle"
      continue
    fi
    unfinished=${path%/*}/.$file_name.new
    if problem=$(make_anew); then
      say info "$target is reset: $path"
    else
      refuse "could not be made anew: $problem"
      rm -f -- "$unfinished"
    fi
    unfinished=
  done <<LIST
$(temporary_volumes)
LIST
}

# The reason why the machine ended: libvirt says it from 10.5 on; before, it writes it into the machine's log.
ending() {
  [ "$ending" = - ] || { echo "$ending" && return; }
  tail -c 65536 "$machine_logs/$name.log" | awk '
    /^[0-9-]+ [0-9:.]+\+0000: starting up/ { reason = "" }
    /^[0-9-]+ [0-9:.]+\+0000: shutting down, reason=[a-z-]+$/ { reason = $0; sub(/.*reason=/, "", reason) }
    END { print reason }'
}

at_start() {
  if [ -n "$(find "$notes/$name.resumes" -mmin -60)" ]; then
    say info 'it goes on from a saved state, nothing is reset'
  elif [ -e "$saved_images/$name.save" ]; then
    say info "it has a managed save image, nothing is reset"
  else
    reset_volumes
  fi
  rm -f "$notes/$name.resumes"
}

at_end() {
  rm -f "$notes/$name.resumes"
  reason=$(ending)
  case $reason in
    shutdown | destroyed | crashed) reset_volumes ;;
    *) say info "it ended for the reason '$reason', nothing is reset before the next start" ;;
  esac
}

alone() { if flock -w 30 9; then "$1"; else say warning 'another hook works on it for 30 s already, nothing is reset'; fi; }

case $name in [!A-Za-z]* | *[!A-Za-z0-9_-]* | '') exit 0 ;; esac
case $definition in *"$namespace"*) ;; *) exit 0 ;; esac
mkdir -p "$notes"
case $event in
  # Said right before the start of a machine that goes on with what its memory knows of the volumes.
  restore/begin | migrate/begin) touch "$notes/$name.resumes" || say err "cannot write to $notes" ;;
  prepare/begin) { alone at_start || :; } 9>"$notes/$name.lock" || say err "cannot write to $notes, nothing is reset" ;;
  release/end) { alone at_end || :; } 9>"$notes/$name.lock" || say err "cannot write to $notes, nothing is reset" ;;
esac
