#!/usr/bin/env bash
# Takes out one check of the program at a time and runs its unit tests and the stateful test: each mutant
# has to make them fail. Run from anywhere; takes a compilation for each mutant.
#
#   contract/stays/mutants.sh            all
#   contract/stays/mutants.sh 3 7        from the third to the seventh
#   CHARTKEY_TESTS=stateful contract/stays/mutants.sh    only against the stateful test
#
# A mutant is FILE|TEXT|REPLACEMENT; TEXT has to be there exactly once, or the list is out of date.
set -uo pipefail
cd "$(dirname "$0")/../.."

mutants=(
    "booking.rs|if is_account(caller, patient) {|if true {"
    "booking.rs|if time <= until {|if true {"
    "booking.rs|if !is_quote && head.state != stay_state::HELD {|if false {"
    "booking.rs|if is_quote \&\& !head.overrides() {|if false {"
    "booking.rs|if paid == head.due() {|if paid >= head.due() {"
    "booking.rs|terms.deposit_bps != 0|true"
    "booking.rs|\&\& payer == entry.patient.get()||"
    "booking.rs|\&\& paid != 0||"
    "booking.rs|(head.has_deposit() \|\| paid >= least)|true"
    "booking.rs|self.check_in_time(stay, \&head)?;||"
    "booking.rs|ends.min(head.until())|ends"
    "calendar.rs|if !both.is_zero() {|if false {"
    "calendar.rs|self.only_clinic(clinic)?;||"
    "calendar.rs|if to_day < from_day \|\| last - first >= MOST_WORDS {|if to_day < from_day {"
    "clinic.rs|if !PolicyTerms::unpack(terms).is_sound(arbiter) {|if false {"
    "clinic.rs|if self.acts_for(clinic, caller) {|if true {"
    "clinic.rs|if policy <= self.clinics|if true \|\| policy <= self.clinics"
    "offer.rs|self.only_clinic(offer.clinic)?;||"
    "offer.rs|self.check_credential(offer.clinic)?;||"
    "credential.rs|if is_credential_current(self.credential_of(clinic), self.vm().block_timestamp()) {|if true {"
    "offer.rs|if offer.patient.is_zero() {|if false {"
    "offer.rs|if offer.total == 0 {|if false {"
    "offer.rs|if offer.total >> 96 != 0 {|if false {"
    "offer.rs|if is_token \&\& !self|if false \&\& !self"
    "offer.rs|self.head_in(stay, stay_state::REQUESTED)?;||"
    "offer.rs|if clinic != offer.clinic {|if false {"
    "offer.rs|if patient != offer.patient {|if false {"
    "ending.rs|if !is_clinic \&\& !is_patient {|if false {"
    "ending.rs|if free_until <= day_start(head.admit_day) { 0 }|if true { 0 }"
    "ending.rs|if time <= head.until() {|if false {"
    "ending.rs|if day < least \|\| day > most {|if day > most {"
    "ending.rs|if time < opens_at {|if false {"
    "ending.rs|if caller != entry.patient.get() {|if false {"
    "ending.rs|if caller != arbiter {|if false {"
    "ending.rs|if self.arbiter_of(stay).is_zero() {|if false {"
    "ending.rs|let kept = kept.min(paid);||"
    "ending.rs|if end != stay_state::SETTLED \&\& head.reserves() {|if head.reserves() {"
    "ending.rs|entry.total.set(U96::from(total - refund));||"
    "ending.rs|.max(head.until())||"
    "ending.rs|if head.is_open() {|if true {"
    "ending.rs|if time >= opens_at {|if true {"
    "money.rs|if amount.is_zero() {|if false {"
    "money.rs|self.released.setter(token).setter(account).set(U256::ZERO);||"
    "money.rs|if head.has_deposit() {|if false {"
    "money.rs|entry.deposit.set(U96::from(deposit.saturating_sub(of_patient)));||"
    "token.rs|if found != expected {|if false {"
    "token.rs|Some(answer) if answer.is_empty() => self.vm().code_size(token) != 0,|Some(answer) if answer.is_empty() => true,"
    "token.rs|answer == B256::with_last_byte(1).as_slice()|true"
    "claim.rs|if amount == 0 \|\| amount > total {|if false {"
    "claim.rs|if !entry.open.get().is_zero() {|if false {"
    "claim.rs|if open == 0 \|\| entry.insurer.get() != insurer {|if open == 0 {"
    "claim.rs|if amount > open {|if false {"
    "claim.rs|if sent != U256::from(value) {|if false {"
    "claim.rs|if head.is_funded() \|\| head.state == stay_state::SETTLED {|if true {"
    "lib.rs|if head.is_token() {|if false {"
    "lib.rs|self.pull_token(token, amount_wei)?;||"
    "state.rs|if head.state == 0 {|if false {"
    "state.rs|if head.state != needed {|if false {"
    "router.rs|if !takes_coins \&\& |if false \&\& "
    "router.rs|(address.into_word() == word).then_some(address)|Some(address)"
)

source=contract/stays/src
first=${1:-1}
last=${2:-${#mutants[@]}}
survivors=()
for number in $(seq "$first" "$last"); do
    IFS='|' read -r file text replacement <<<"$(sed 's/\\|/\x01/g' <<<"${mutants[number - 1]}")"
    text=$(sed 's/\\&/\&/g' <<<"$text" | tr '\001' '|')
    replacement=$(sed 's/\\&/\&/g' <<<"$replacement" | tr '\001' '|')
    cp "$source/$file" "$source/$file.orig"
    trap 'mv -f "$source/$file.orig" "$source/$file"' EXIT
    python3 - "$source/$file" "$text" "$replacement" <<'PYTHON' || { echo "$number: $file: not exactly once: $text"; exit 1; }
import sys
path, text, replacement = sys.argv[1:]
source = open(path).read()
code = source.split("#[cfg(test)]\nmod tests {")[0]
if code.count(text) != 1:
    sys.exit(1)
open(path, "w").write(source.replace(text, replacement, 1))
PYTHON
    if cargo test --quiet --offline -p chartkey-stays --lib ${CHARTKEY_TESTS:-} >/tmp/stays-mutant.log 2>&1; then
        verdict=SURVIVED
        survivors+=("$number")
    elif grep -q "could not compile" /tmp/stays-mutant.log; then
        verdict="does not compile"
    else
        verdict="killed by $(grep -c '^test .*FAILED\|^    tests::' /tmp/stays-mutant.log) tests"
    fi
    mv -f "$source/$file.orig" "$source/$file"
    trap - EXIT
    echo "$number: $file: $text: $verdict"
done
[ ${#survivors[@]} = 0 ] || { echo "survivors: ${survivors[*]}"; exit 1; }
