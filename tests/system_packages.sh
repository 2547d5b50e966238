#!/usr/bin/env bash
# Puts Chromium and PostgreSQL with PostGIS on the machine when it may; says so and goes on when it may not.
set -u
missing=()
for browser in chromium chromium-browser google-chrome; do
  command -v "$browser" >/dev/null 2>&1 && found_browser=yes
done
[ -n "${found_browser:-}" ] || missing+=(chromium)
if ! ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then missing+=(postgresql); fi
if ! ls /usr/share/postgresql/*/extension/postgis.control >/dev/null 2>&1; then missing+=(postgis postgresql-postgis); fi
if ! fc-list :lang=zh 2>/dev/null | grep -q .; then missing+=(fonts-wqy-microhei); fi
[ ${#missing[@]} -eq 0 ] && exit 0
if ! command -v apt-get >/dev/null 2>&1; then
  echo "Not installed and no apt-get here: ${missing[*]}. Tests that need them will be skipped and say so."
  exit 0
fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if sudo -n true 2>/dev/null; then as_root=(sudo -n); else
    echo "May not install system packages: ${missing[*]}. Tests that need them will be skipped and say so."
    exit 0
  fi
fi
echo "Installing for the tests: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -qq || true
for package in "${missing[@]}"; do
  "${as_root[@]}" apt-get install -y -qq --no-install-recommends "$package" >/dev/null 2>&1 ||
    echo "Could not install $package; tests that need it will be skipped and say so."
done
exit 0
