#!/bin/sh
# Cargo's compiler wrapper: compiles the crates that read foreign bytes with coverage for libFuzzer.
# Instrumenting all would slow down each input, as libFuzzer looks at all counters after it.
name=
before=
for argument; do
    [ "$before" = --crate-name ] && name=$argument
    before=$argument
done
case $name in
demarche | dom_query | dom_smoothie | html5ever | markup5ever | serde_json | toml | toml_parser)
    exec "$@" -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
        -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
        -Cllvm-args=-sanitizer-coverage-pc-table
    ;;
esac
exec "$@"
