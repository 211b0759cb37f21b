# Artefacts that are missing, truncated or hostile are refused with a reason,
# and leave nothing behind; a version names one artefact for ever.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"

sandbox_conf <<END
hosts = ( { name = "h-1"; transport = "local"; path = "$T/h/1"; } );
services = ( { name = "shop"; root = "/srv/shop"; shared = [ "log" ]; },
	{ name = "plain"; root = "/srv/plain"; } );
environments = ( { name = "dev"; hosts = "name=h-*"; services = [ "shop", "plain" ]; } );
END
must "the engine starts" engine_start
cd "$T" || exit 99
mkdir one && echo hello >one/file && tar -cf good.tar -C one .

# refused DESCRIPTION PATH REGEXP [SERVICE]
n=0
refused()
{
	n=$((n + 1))
	run sluice release add "${4:-plain}" "9.9.$n" "$2" --json
	case $status in
	1 | 2 | 3) pass "$1: refused" ;;
	*)
		fail "$1: refused"
		diag "exit $status: $out $err"
		;;
	esac
	like "$out$err" "$3" "$1: with the reason"
}

refused "missing file" "$T/nowhere.tar" 'nowhere.tar'
: >empty.tar
refused "empty file named as an archive" empty.tar 'empty'
tar -czf good.tar.gz -C one .
head -c 5000000 /dev/urandom >one/noise
tar -czf whole.tar.gz -C one .
rm one/noise
head -c 1000000 whole.tar.gz >cut.tar.gz
refused "truncated archive" cut.tar.gz 'cut.tar.gz|truncat|damaged|end of'
head -c 3000 /dev/urandom >noise.tar.gz
refused "no archive at all" noise.tar.gz 'archive|format|gzip'
mkfifo pipe
refused "a named pipe" pipe 'pipe|regular|file'

echo bad >bad
tar -Pcf dots.tar --transform='s,^,../../,' bad
refused "names that climb out" dots.tar '\.\.'
tar -Pcf absolute.tar --transform='s,^,/tmp/,' bad
refused "absolute names" absolute.tar '/tmp/bad|absolute'
mkdir links && ln -s /etc links/out && tar -cf links.tar -C links .
mkdir links2 && ln -s ../../../etc links2/out && tar -cf links2.tar -C links2 .
mkdir -p through/out && echo x >through/out/passwd
tar -cf through.tar -C links ./out
tar -rf through.tar -C through ./out/passwd
refused "writing through a link" through.tar 'out|link'
refused "a link that leaves" links2.tar 'out|leaves|outside'
run sluice release add shop 7.0 links.tar
like "$err" "'out' is a link to '/etc', which leaves the release" \
	"it is said where to"
like "$err" 'make it relative|shared|step' "and what can be done instead"
mkdir masked && ln -s /dev/null masked/unit && tar -cf masked.tar -C masked .
exit_is 0 "but a link to /dev/null only masks" \
	sluice release add shop 7.1 masked.tar
if is_root; then
	mkdir device && mknod device/null c 1 3 && tar -cf device.tar -C device .
	refused "a device" device.tar 'null|device'
else
	skip 2 "mknod needs root"
fi
mkdir fifo && mkfifo fifo/p && tar -cf fifo.tar -C fifo .
refused "a named pipe inside" fifo.tar 'p|fifo|pipe'
mkdir -p topshared/shared && echo x >topshared/shared/y
tar -cf topshared.tar -C topshared .
refused "'shared' at the top" topshared.tar 'shared' shop
perl -e 'my $n = shift;
	# A header that promises more than ever comes.
	my $h = pack "a100 a8 a8 a8 a12 a12 A8 a1 a100 a6 a2 a32 a32 a8 a8 a155 x12",
		"big", "0000644", "0000000", "0000000", "77777777777",
		"00000000000", "", "0", "", "ustar", "00", "", "", "", "", "";
	my $sum = 0; $sum += $_ for unpack "C*", $h;
	substr $h, 148, 8, sprintf "%06o\0 ", $sum;
	print $h;' >promise.tar
refused "a size that is never delivered" promise.tar 'big|truncat|end|size'

for version in '' '../x' 'a b' '1.0;reboot' '$(reboot)' '-1' \
	"$(printf '1\n2')" "$(printf 'é')" \
	"$(perl -e 'print "1" x 65')"; do
	run sluice release add plain "$version" good.tar --json
	is "$status" 2 "version '$(printf '%.12s' "$version")' is refused"
done

exit_is 0 "a good one" sluice release add plain 1.0.0 good.tar --json
sha=$(sha256sum good.tar | cut -d' ' -f1)
out_is .sha256 "$sha" "has the digest of its bytes"
exit_is 0 "the same again is no error" sluice release add plain 1.0.0 good.tar --json
echo other >one/file
tar -cf other.tar -C one .
refuses exists "other bytes under the same version" \
	sluice release add plain 1.0.0 other.tar
exit_is 0 "a directory" sluice release add plain 1.0.1 one --json
first=$(printf '%s\n' "$out" | jq -r .sha256)
touch -d '2001-01-01' one/file
exit_is 0 "the same tree later" sluice release add plain 1.0.2 one --json
out_is .sha256 "$first" "has the same digest"
exit_is 0 "a single file" sluice release add plain 1.0.3 bad --json
out_is .files 1 "is one file"
cp good.tar 'it'"'"'s; a "name" $(x).tar'
exit_is 0 "a file name with everything in it" \
	sluice release add plain 1.0.4 'it'"'"'s; a "name" $(x).tar' --json

run sluice release ls plain --json
out_is '[.[].version]|join(" ")' "1.0.0 1.0.1 1.0.2 1.0.3 1.0.4" \
	"only the good ones are there"
exit_is 0 "and the store is sound" sluice db check
engine_stop
done_testing
