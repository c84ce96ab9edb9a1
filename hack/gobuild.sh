#!/usr/bin/env bash
# SPDX-FileCopyrightText: The cloudify-operator authors
# SPDX-License-Identifier: Apache-2.0

# Builds programs that are run from this tree and not debugged: gobuild.sh <arguments of go build>. One set of flags serves
# operator, control plane and tools, for the build cache shares a package only between builds with the same flags. Without
# cgo the binaries are static, and no C compiler is needed.
set -euo pipefail

# The compiler is a third faster with less garbage collection and without the debug information that -s drops in the end
# anyway; without that it takes no more memory than usual.
export CGO_ENABLED=0 GOGC=${GOGC:-400}
exec go build -trimpath -gcflags=all=-dwarf=false -ldflags '-s -w' "$@"
