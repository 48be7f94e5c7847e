#!/bin/sh
# Builds the argon2 of argon2-cffi for a processor with wider instructions than its wheel may ask
# for, from its own source distribution, into the environment of the Python that is named:
#
#     docs/ops/argon2.sh .venv/bin/python            for the processor of this machine
#     docs/ops/argon2.sh /venv/bin/python avx2       for every processor that has AVX2
#
# Where that cannot be done it says why and changes nothing: libsodium then hashes the passwords.
# That is a failure only where somebody has said which processors it is for.
set -eu

python=$1 asked=${2:-}
lock=$(cd "$(dirname "$0")/../.." && pwd)/requirements-argon2.txt
package=argon2-cffi-bindings

leave() {
    echo "argon2 is not built for this processor: $1. Libsodium hashes the passwords." >&2
    [ -z "$asked" ]
    exit
}

widest() {
    for known in avx512f avx2; do
        if grep -qw "$known" /proc/cpuinfo; then echo "$known" && return; fi
    done
}

# The build's tag tells Ostiary what the processor must have, and nobody else may find it in a cache.
build() {
    "$python" -m venv "$work/venv" &&
        "$work/venv/bin/pip" install --require-hashes --only-binary :all: -r "$work/tools" &&
        CFLAGS="-O3 -m$feature" SKBUILD_WHEEL_BUILD_TAG="1$feature" "$work/venv/bin/pip" wheel \
            --no-cache-dir --require-hashes --no-binary "$package" --no-deps --no-build-isolation \
            --wheel-dir "$work" -r "$work/source" &&
        "$work/venv/bin/pip" --python "$python" install --force-reinstall --no-deps "$work"/*.whl
}

[ "$(uname -sm)" = "Linux x86_64" ] || leave "it is neither Linux nor x86-64"
command -v cc >/dev/null || leave "there is no C compiler"
feature=${asked:-$(widest)}
case $feature in
    avx2 | avx512f) ;;
    '') leave "it has no AVX2" ;;
    *) leave "avx2 or avx512f is what it may be built for, and not $feature" ;;
esac

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
sed -n "/^$package==/,/# via/p" "$lock" >"$work/source"
sed "/^$package==/,/# via/d" "$lock" >"$work/tools"
build >"$work/log" 2>&1 || leave "$(tail -n 1 "$work/log")"
echo "argon2 is built for processors with $feature."
