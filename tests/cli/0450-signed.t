# Signed decisions: what ssh-keygen -Y sign made of a statement, verified by
# allowed signers when it comes, again when the change starts, and once.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"
. "$top_srcdir/tests/lib/people.sh"
people_setup || skip_all "several users need root and setpriv"
command -v ssh-keygen >/dev/null || skip_all "no ssh-keygen"

conf()
{
	people_conf <<-END
		statement_valid = "${VALID:-1h}";
		services = ( { name = "shop"; root = "/srv/shop"; } );
		environments = (
			{ name = "prod"; hosts = "role=web"; services = [ "shop" ]; protect = "none";
			  policy = { approvals = 2; grace = "${GRACE:-0}"; signed = true; ${MORE-} }; },
			{ name = "free"; hosts = "name=h-1"; services = [ "shop" ]; protect = "none";
			  policy = { approvals = 1; grace = "0"; }; } );
	END
}

# Keys of people, each for its user only; "old" ended, "young" has not begun,
# "none" is nobody's.
mkdir "$P/keys"
chmod 755 "$P/keys"
for who in alice bob carol dave old young none; do
	ssh-keygen -q -t ed25519 -N '' -C $who -f "$P/keys/$who"
	chown "$(people_user $who 2>/dev/null | sed -E 's/old|young|none/games/')" \
		"$P/keys/$who"
done
ssh-keygen -q -t ed25519 -N '' -f "$P/keys/ca"
ssh-keygen -q -t rsa -b 2048 -N '' -f "$P/keys/rsa"
ssh-keygen -q -t ed25519 -N '' -f "$P/keys/certified"
ssh-keygen -q -s "$P/keys/ca" -I dave -n dave "$P/keys/certified.pub"
pub()
{
	cut -d' ' -f1,2 "$P/keys/$1.pub"
}
signers()
{
	cat >"$P/allowed_signers.new" <<-END
		alice $(pub alice)
		bob namespaces="sluice-decision" $(pub bob)
		sys $(pub carol)
		dave valid-before="20200101" $(pub old)
		dave valid-after="20990101" $(pub young)
		dave namespaces="file" $(pub dave)
		dave,erin $(pub rsa)
		dave cert-authority $(pub ca)
	END
	mv "$P/allowed_signers.new" "$P/allowed_signers"
}
signers
conf
mkdir "$P/one"
echo 1 >"$P/one/file"
must "the engine starts" engine_start
as alice sluice release add shop 1 "$P/one" >/dev/null

# sign_with KEY FILE [NAMESPACE]: writes FILE.sig
sign_with()
{
	rm -f "$2.sig"
	ssh-keygen -q -Y sign -f "$P/keys/$1" -n "${3:-sluice-decision}" "$2" \
		2>/dev/null
	chmod 644 "$2.sig"
}
# statement [VERB [ID]]: into $P/st
statement()
{
	sluice change statement "${2:-$C}" --verb "${1:-approve}" >"$P/st"
}
# brings PERSON [OPTION]...: the signature $P/st.sig as an approval.
brings()
{
	brings_who=$1
	shift
	run as "$brings_who" sluice approve "$C" --digest "$(digest_of "$C")" \
		--signature "$P/st.sig" --json "$@"
}
# refused WORDS DESCRIPTION
refused()
{
	is "$status" 3 "$2"
	out_is '.error.code + " " + (.error.hint|length > 0|tostring)' \
		"signature true" "by its signature, and what would help"
	like "$out" "$1" "and says why"
}

new_change alice 1 prod
D=$(digest_of "$C")
run as bob sluice approve "$C" --digest "$D" --json
refused 'wants signed decisions' "a yes without a signature is refused"
like "$out" "sluice approve $C --sign KEY" "with the way out"
exit_is 0 "the statement" sluice change statement "$C" --verb approve
is "$(printf '%s\n' "$out" | sed -n 's/^plan_digest //p')" "$D" \
	"names the plan"
is "$(printf '%s\n' "$out" | sed -n 's/^engine //p')" \
	"$(sluice engine status --json | jq -r .engine_id)" "the engine"
like "$out" "^object $C\$" "the change"
like "$out" '^about shop 1 to prod$' "in words"
like "$out" '^verb approve$' "what is said"
like "$out" '^nonce [0-9a-f]{32}$' "something that is used once"
like "$out" '^expires 20.*Z$' "for how long"
like "$out" '^ledger [0-9]+ [0-9a-f]{64}$' "and the head of the ledger"
exit_is 2 "no other verb" sluice change statement "$C" --verb cancel

# What does not count.
statement
sign_with none "$P/st"
brings bob
refused "not among the allowed signers as 'bob'" "a key that nobody has"
sign_with carol "$P/st"
brings bob
refused "not among the allowed signers" "the key of somebody else"
sign_with bob "$P/st" file
brings bob
refused "made for 'file'" "another namespace"
sign_with dave "$P/st"
brings dave
refused 'not permitted for use in signature namespace' \
	"a key that may not sign this"
sign_with old "$P/st"
brings dave
refused 'has expired' "a key whose time is over"
sign_with young "$P/st"
brings dave
refused 'not yet valid' "one whose time has not begun"
sign_with bob "$P/st"
sed '3s/./A/5' "$P/st.sig" >"$P/bad.sig"
cp "$P/bad.sig" "$P/st.sig"
brings bob
refused 'was altered' "a signature that was altered"
echo "-----BEGIN SSH SIGNATURE-----" >"$P/st.sig"
brings bob
refused 'no signature of ssh-keygen' "half a signature"
sed 's/approve/reject/' "$P/st" >"$P/other"
mv "$P/other" "$P/st"
sign_with bob "$P/st"
brings bob
refused 'no statement that was handed out' "words of one's own"
statement reject
sign_with bob "$P/st"
brings bob
refused 'it says reject, not approve' "another verb"
first=$C
new_change alice 1 free
as bob sluice change statement "$first" --verb approve >"$P/st"
sign_with bob "$P/st"
brings bob
refused "it is about $first" "another change"
C=$first
chmod 666 "$P/allowed_signers"
statement
sign_with bob "$P/st"
brings bob
refused 'may be written by others' "allowed signers of everybody"
rm "$P/allowed_signers"
brings bob
refused 'there are no allowed signers' "or none at all"
signers
is "$(sluice change show "$C" --json | jq -r .approvals_given)" 0 \
	"none of that did anything"
is "$(sluice audit ls --change "$C" --json |
	jq '[.[]|select(.what == "refused" and .detail.code == "signature")]|length')" \
	13 "and each is in the ledger"

# What counts: here, elsewhere, by the user's name, by a certificate.
exit_is 0 "signed here" as bob sluice approve "$C" --digest "$D" \
	--sign "$P/keys/bob" --json
out_is .approvals_given 1 "counts"
out_is '[.decisions[]|select(.verb == "approve")][0].key' \
	"$(ssh-keygen -lf "$P/keys/bob.pub" | cut -d' ' -f2)" "with its key"
exit_is 1 "a key that one cannot read" as carol sluice approve "$C" \
	--digest "$D" --sign "$P/keys/bob" --json
out_is .error.code no_key "signs nothing"
statement
sign_with carol "$P/st"
brings carol --sign "$P/keys/carol"
is "$status" 2 "here and elsewhere at once"
brings carol
out_is .state approved "signed elsewhere, by the name of the user"
exit_is 0 "it starts" as alice sluice start "$C" --wait --json

new_change alice 1 prod
statement
sign_with certified-cert.pub "$P/st"
brings dave
is "$status" 0 "a certificate of an authority"
GRACE=1h conf
sluice config reload >/dev/null
as alice sluice change submit "$C" >/dev/null
statement
sign_with rsa "$P/st"
brings dave
is "$status" 0 "an RSA key"
ok "taken back" as dave sluice undo "$C"
brings dave
refused 'it was used already' "a signature counts once"
conf
sluice config reload >/dev/null

# Stale: another plan, too late.
new_change alice 1 prod
statement
sign_with bob "$P/st"
as alice sluice change revise "$C" -m again >/dev/null
sluice rpc change.show "{\"id\": \"$C\"}" >/dev/null
brings bob
refused 'which is not that of now' "the plan of another revision"
VALID=1s conf
sluice config reload >/dev/null
statement
sign_with bob "$P/st"
wait_for 'test "$(date -u +%FT%TZ)" ">" "$(sed -n "s/^expires //p" "$P/st")"' 10
brings bob
refused 'it expired at' "a statement that is too old"
conf
sluice config reload >/dev/null

# No needs no signature, and may have one.
statement reject
sign_with bob "$P/st"
exit_is 0 "a signed no" as bob sluice reject "$C" -m "not now" \
	--digest "$(digest_of "$C")" --signature "$P/st.sig" --json
out_is .state rejected "ends it"

# Verified again at the start: a key that was taken away meanwhile.
new_change alice 1 prod
yes_by bob "$C" 2>/dev/null
for who in bob carol; do
	as $who sluice approve "$C" --digest "$(digest_of "$C")" \
		--sign "$P/keys/$who" >/dev/null
done
is "$(change_state "$C")" approved "approved"
sed -i "/^sys/d" "$P/allowed_signers"
exit_is 3 "it does not start" as alice sluice start "$C" --json
out_is .error.code not_approved "with one approval less"
run sluice change show "$C" --json
out_is '.state + " " + (.approvals_given|tostring)' "submitted 1" \
	"its yes is void"
like "$out" 'does not verify any more' "and says why"
mv "$P/allowed_signers" "$P/away"
statement
sign_with rsa "$P/st"
cp "$P/away" "$P/allowed_signers"
brings dave
out_is .state approved "approved again"
rm "$P/allowed_signers"
exit_is 3 "without allowed signers nothing starts" \
	as alice sluice start "$C" --json
is "$(change_state "$C")" approved "and nothing is void"
mv "$P/away" "$P/allowed_signers"
exit_is 0 "with them it does" as alice sluice start "$C" --wait
signers

# One that starts by itself is held to the same.
new_change alice 1 prod --at +3s
for who in bob carol; do
	as $who sluice approve "$C" --digest "$(digest_of "$C")" \
		--sign "$P/keys/$who" >/dev/null
done
ok "a scheduled one starts by itself" \
	wait_for 'test "$(change_state $C)" = succeeded' 30

# A key in a device; without one its maker can show only the refusal.
MORE='hardware_keys = true;' conf
sluice config reload >/dev/null
new_change alice 1 prod
statement
sign_with bob "$P/st"
brings bob
refused 'wants a key in a device, and ssh-ed25519 is none' "a plain key"
like "$(sluice policy explain "$C")" 'signed +note +.*a key in a device' \
	"the policy says so"
conf
sluice config reload >/dev/null

# ssh-keygen that hangs holds nobody up, and ends.
engine_stop
mkdir "$P/bin"
cat >"$P/bin/ssh-keygen" <<END
#!/bin/sh
: >'$P/waits'
until test -e '$P/go'; do sleep 0.05; done
exec $(command -v ssh-keygen) "\$@"
END
chmod 755 "$P/bin/ssh-keygen"
chmod 777 "$P"
PATH=$P/bin:$PATH engine_start
new_change alice 1 prod
statement
sign_with bob "$P/st"
# hanging: what is brought is looked at by one that waits.
hanging()
{
	rm -f "$P/waits"
	{
		brings bob
		printf '%s\n' "$out" >"$P/hung"
	} &
	wait_for 'test -e "$P/waits"' 10
}
hanging
ok "the engine serves meanwhile" sluice change ls
wait
like "$(cat "$P/hung")" 'did not answer within 10 seconds' "and gives it up"
hanging
PEOPLE=$(printf '%s\n' "$people_all" | sed 's/"approver", "security"/"viewer"/')
conf
must "meanwhile bob loses his roles" sluice config reload
: >"$P/go"
wait
is "$(jq -r .error.code "$P/hung")" denied "what he brought comes too late"
is "$(sluice change show "$C" --json | jq '[.decisions[].verb]|index("approve")')" \
	null "and is no decision"
engine_stop
done_testing
