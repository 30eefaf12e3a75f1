#!/usr/bin/env bash
# Installs Apache's own Avro, for Python and for C, from Debian's packages (as root).
#
# Tried with python3-avro 1.11, python3-snappy 0.5 and avro-bin 1.11 of Debian 12.
set -euo pipefail

export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get install -y --no-install-recommends python3-avro python3-snappy avro-bin
