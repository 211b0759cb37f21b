# Approving from two consoles of two users: what is asked, what is shown to
# the other, the digest that went stale, text that survives, the way back.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"
. "$top_srcdir/tests/lib/people.sh"
command -v tmux >/dev/null || skip_all "tmux is missing"
people_setup || skip_all "several users need root and setpriv"

people_conf <<-END
	services = ( { name = "shop"; root = "/srv/shop"; } );
	environments = (
		{ name = "prod"; kind = "production"; hosts = "role=web"; services = [ "shop" ]; protect = "typed";
		  policy = { approvals = 2; roles = [ "security" ]; grace = "30s"; }; },
		{ name = "lab"; kind = "test"; hosts = "role=web"; services = [ "shop" ]; protect = "confirm";
		  policy = { approvals = 1; grace = "30s"; }; },
		{ name = "vault"; hosts = "role=web"; services = [ "shop" ]; protect = "none";
		  policy = { approvals = 1; signed = true; }; } );
END
mkdir "$P/keys"
ssh-keygen -q -t ed25519 -N '' -C bob -f "$P/keys/bob"
chown bin "$P/keys/bob"
echo "bob namespaces=\"sluice-decision\" $(cut -d' ' -f1,2 "$P/keys/bob.pub")" \
	>"$P/allowed_signers"
mkdir "$P/one" "$P/two"
echo 1 >"$P/one/file"
echo 2 >"$P/two/file"
must "the engine starts" engine_start
ok "a release" as alice sluice release add shop 1 "$P/one"
ok "another" as alice sluice release add shop 2 "$P/two"
new_change alice 1 prod -m "fix the till"

tm()
{
	tmux -L "sluice-test-$$" -f /dev/null "$@"
}
at_exit 'tm kill-server 2>/dev/null'
# console PERSON [WxH]: a terminal of that person with the console on it.
console()
{
	size=${2:-80x24}
	tm new-session -d -s "$1" -x "${size%x*}" -y "${size#*x}" \
		"exec setpriv --reuid $(people_user "$1") \
		--regid $(id -g "$(people_user "$1")") --clear-groups \
		env -i PATH=$PATH HOME=/nonexistent LC_ALL=C.UTF-8 TZ=UTC \
		TERM=xterm SLUICE_STATE=$SLUICE_STATE \
		SLUICE_CONFIG=$SLUICE_CONFIG $P/sluice"
}
screen()
{
	tm capture-pane -p -t "$1"
}
# sees PERSON TEXT DESCRIPTION
sees()
{
	ok "$3" wait_for "screen $1 | grep -Eq '$2'" 20
}
keys()
{
	who=$1
	shift
	tm send-keys -t "$who" "$@"
}
# A sheet hears nothing for a quarter of a second; it is asked until it does,
# and never twice before there was time to answer: the second Tab would go on.
heard()
{
	tm send-keys -t "$1" $2
	for try in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		screen "$1" | grep -Eq "$3" && return 0
		sleep 0.05
	done
	return 1
}
answer()
{
	ok "$3" wait_for "heard $1 '$2' '$4'" 10
}

console bob
console carol
sees bob "NEEDS YOU" "bob looks at Home"
sees bob "$C +SUBMITTED" "and what waits for him is there"
keys bob 3
sees bob "\[Mine 1\]" "3 opens his queue"
sees bob "Why +fix the till" "with the page of what is selected"
sees bob "Left +2 more approvals .0 of 2.; one of role security" "and what is left"
sees bob "you see revision 1, sha256" "and what a decision is about"
keys carol 3
sees carol "\[Mine 1\]" "carol has it in hers"
keys bob t
sees bob "taken by you" "bob takes it"
sees carol "Taken +by bob" "carol sees that"

# A no needs a reason, and the reason survives Esc on any terminal.
keys bob x
sees bob "UNLOCK prod" "production is locked"
answer bob y "y unlocks it" "REJECT $C"
answer bob "too" "a reason is typed" "Reason +[to ]*too"
keys bob C-u
keys bob Tab
keys bob -l prod
keys bob Enter
sees bob "a reason is needed" "without a reason nothing is rejected"
keys bob -l "later please"
sees bob "Reason +later please" "it is typed"
keys bob Escape
sees bob "nothing was done" "Esc cancels"
console bob2
sees bob2 "NEEDS YOU" "the same person on another terminal"
keys bob2 3
sees bob2 "\[Mine 1\]" "has the same queue"
sees bob2 "Taken +by (you|bob)" "and what he took there"
keys bob2 x
answer bob2 y "and unlocks there" "REJECT $C"
sees bob2 "Reason +later please" "the text is there as well"
keys bob2 Escape
tm kill-session -t bob2

# A yes; it is bound to what was painted.
keys bob a
sees bob "APPROVE $C" "a asks"
sees bob "You are yes 1 of 2" "which yes it is"
sees bob "2 hosts in 1 wave" "and where"
ok "the plan changes under the sheet" as alice sluice change revise "$C" --version 2
answer bob l "the sheet hears" "Reason.* l"
keys bob C-u
keys bob -l "looks right"
sees bob "Reason.*looks right" "a reason"
answer bob Tab "the word is next" "Enter confirms only after"
keys bob -l prod
keys bob Enter
sees bob "changed since you looked" "it is not approved blindly"
sees bob "\+ *version 2" "what differs is said"
is "$(sluice change show "$C" --json | jq .approvals_given)" 0 "nothing was sent"
answer bob BTab "once more" "Enter confirms only after"
keys bob C-u
keys bob -l prod
sees bob "to confirm: prod" "the word is typed again"
keys bob Enter
sees bob "$C approved \(1 of 2\) +u undo [0-9]+s" "with the new plan it is, with a countdown"
sees carol "1/2" "carol sees it at once"
is "$(sluice change show "$C" --json | jq .approvals_given)" 1 "it counts"
keys bob u
sees bob "your answer is taken back" "u takes it back"
is "$(sluice change show "$C" --json | jq .approvals_given)" 0 "and it counts no more"

# The second person on a phone.
tm resize-window -t carol -x 40 -y 15
sees carol "^3 Approvals" "40x15"
keys carol a
answer carol y "unlocked" "APPROVE $C"
sees carol "^ *Tab next  Esc" "the reason that is needed has the focus"
answer carol "fine" "a reason" "Reason \(needed\) +[fine]*fine"
answer carol Tab "to the word" "Enter confirm"
keys carol -l prod
sees carol "to confirm: prod" "the word"
keys carol Enter
sees carol "approved" "carol says yes"
sees bob "carol approve" "bob reads it"

# Words.
keys carol i
sees carol "ASK $C" "i asks"
answer carol "x" "the sheet hears the question" "Question +x"
keys carol -l " why now?"
sees carol "why now" "it is typed"
answer carol Tab "to Cancel" "\[ Cancel \]"
keys carol Tab Enter
sees carol "once more" "Enter right behind another key says that it does nothing"
answer carol Enter "and then asks" "has your question"
ok "is asked" wait_for 'test "$(as alice sluice queue --json | jq -r ".[0].needs")" = answer' 20
keys bob Tab
sees bob "Notes [1-9]" "what was said is counted"

# A decision that the policy wants signed is signed here.
tm kill-session -t carol
new_change alice 2 vault -m "the safe"
tm kill-session -t bob
console bob
sees bob "$C +SUBMITTED" "a change whose approvals are signed waits for bob"
keys bob 3
sees bob "(>|❯) $C" "it is selected"
keys bob a
sees bob "wants your yes signed" "the sheet says so"
sees bob "sluice change statement $C" "and how to sign elsewhere"
answer bob / "it asks for the key" "Key to sign with +/"
keys bob -l "nowhere"
keys bob Enter
keys bob -l "by the book"
sees bob "Reason.*by the book" "a reason"
answer bob Tab "to Cancel" "\[ Cancel \]"
answer bob y "a key that is none signs nothing" "does not sign with"
is "$(sluice change show "$C" --json | jq .approvals_given)" 0 "nothing was sent"
keys bob a
sees bob "Key to sign with +/nowhere" "what was typed is kept"
answer bob Z "the sheet hears" "nowhereZ"
keys bob C-u
keys bob -l "$P/keys/bob"
keys bob Enter
answer bob Tab "to Cancel again" "\[ Cancel \]"
answer bob y "with a key of his it is" "$C approved"
like "$(sluice change show "$C" --json | jq -r \
	'.decisions[] | select(.verb == "approve") | .key')" "^SHA256:" \
	"and the decision has his signature"

# Several at once: each is signed on its own.
signed=$C
new_change alice 1 vault
first=$C
new_change alice 2 vault
keys bob /
keys bob -l "env:vault state:submitted"
keys bob Enter
sees bob "2 of [0-9]+( .selected)? +\(env:vault" "those that are to be signed"
keys bob '*'
keys bob a
sees bob "APPROVE 2" "all of them"
sees bob "wants 2 of these signed" "with one key"
answer bob / "it asks for the key" "Key to sign with +/"
keys bob C-u
keys bob -l "$P/keys/bob"
keys bob Enter
keys bob -l "both"
sees bob "Reason.* both" "a reason"
answer bob Tab "to Cancel" "\[ Cancel \]"
answer bob y "and both are" "2 of 2 approved"
for C in $first $C; do
	like "$(sluice change show "$C" --json | jq -r \
		'.decisions[] | select(.verb == "approve") | .key')" "^SHA256:" \
		"$C has his signature"
done
C=$signed

# All that proves it, from here.
mkdir "$P/proof"
chmod 777 "$P/proof"
keys bob ':'
keys bob -l "proof $P/proof/one"
keys bob Enter
sees bob "$C with [0-9]+ entries and 1 signatures is in $P/proof/one" \
	"the change is exported"
ok "and its sums hold" sh -c "cd '$P/proof/one' && sha256sum -c --quiet SHA256SUMS"

engine_stop
done_testing
