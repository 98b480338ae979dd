#!/bin/sh
# Fuzzes what reads foreign bytes, guided by coverage, and prints the executions of each target.
#
#   fuzz/run.sh SECONDS             all targets, one after the other, in this time in all
#   fuzz/run.sh -n COUNT TARGET...  this many executions of each of these targets
#
# Needs cargo and a C++ compiler. What the targets have learnt is kept below the target folder and
# used again. An input that fails goes to fuzz/regressions/TARGET, and the exit code is 1.
set -eu

cd "$(dirname "$0")"
target_folder=${CARGO_TARGET_DIR:-$PWD/target}
all=$(sed -n 's/^    ("\([a-z_]*\)",.*/\1/p' src/targets.rs)

case ${1:-} in
-n)
    limit=-runs=$2
    shift 2
    targets=${*:-$all}
    ;;
*[!0-9]* | '')
    sed -n '2,8s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
*)
    targets=$all
    each=$(($1 / $(echo "$targets" | wc -w)))
    limit=-max_total_time=$((each > 0 ? each : 1))
    ;;
esac

RUSTC_WRAPPER=$PWD/instrument.sh CARGO_TARGET_DIR=$target_folder cargo build --release --quiet --locked

# Seeds: the sample corpus and configuration of the program, and what lies below seeds/.
prepare() {
    mkdir -p "$2"
    [ ! -d "seeds/$1" ] || cp "seeds/$1"/* "$2"
    case $1 in
    document_text) cp ../corpus/*.txt "$2" ;;
    document_html) cp ../corpus/*.html "$2" ;;
    document_json) split -l 1 ../corpus/*.jsonl "$2/digest-" ;;
    segment)
        # The first byte chooses the title: the text's first line.
        for text in ../corpus/*.txt seeds/document_text/*; do
            { printf '\002' && cat "$text"; } >"$2/$(basename "$text")"
        done
        ;;
    topics_toml) cp ../config/topics.toml "$2" ;;
    actors_toml) cp ../config/actors.toml "$2" ;;
    models_toml) cp ../models/models.toml "$2" ;;
    models_lock) cp ../models/models.lock "$2" ;;
    esac
}

failed=0
for target in $targets; do
    inputs=$target_folder/corpus/$target
    found=$target_folder/found/$target
    prepare "$target" "$inputs"
    # Short texts and pages are fast, and long enough for what a reader can trip over.
    longest=4096
    case $target in document_* | segment) longest=1024 ;; esac
    rm -rf "$found"
    mkdir -p "$found"
    log=$target_folder/$target.log
    if ! DEMARCHE_FUZZ_TARGET=$target "$target_folder/release/fuzz" "$limit" "-max_len=$longest" -timeout=20 \
        -rss_limit_mb=4096 -dict=words.dict -print_final_stats=1 "-artifact_prefix=$found/" \
        "$inputs" >"$log" 2>&1; then
        failed=1
        grep -m 1 -A 1 'panicked at' "$log" || tail -n 20 "$log"
        for input in "$found"/*; do
            [ -f "$input" ] || continue
            mkdir -p "regressions/$target"
            cp "$input" "regressions/$target"
            echo "$target fails: fuzz/regressions/$target/$(basename "$input")"
        done
    fi
    executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    echo "$target: ${executions:-no} executions"
done
exit $failed
