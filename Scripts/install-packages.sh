#!/bin/sh
# Installs the Debian packages named that are not there yet; does nothing, and needs no rights, where all are.
set -eu
missing=""
for name in "$@"; do
  dpkg-query -W -f='${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || missing="$missing $name"
done
# pip may come from elsewhere than Debian.
if python3 -m pip --version >/dev/null 2>&1; then missing=$(echo "$missing" | sed 's/ python3-pip//'); fi
[ -z "$missing" ] && exit 0
if ! command -v apt-get >/dev/null; then
  echo "install-packages: please install:$missing" >&2
  exit 1
fi
sudo=""
[ "$(id -u)" = 0 ] || sudo=sudo
echo "installing$missing" >&2
$sudo apt-get update -qq
# shellcheck disable=SC2086
DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq $missing
