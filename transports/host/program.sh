# program.sh - what sluice runs on a host, for as long as a link lasts.
#
# POSIX sh; needs sh, tar, gzip and coreutils or busybox, on Linux. It is sent
# over the link as the script of /bin/sh, behind a line that sets S, so nothing
# is installed and nothing of ours stands in a command line. It says hello when
# it has been read to its end; what comes from then on are requests.
#
# Requests come on standard input: "OP ID", then lines "name=value" or
# "name:LENGTH" with that many bytes on the next lines, then an empty line.
# After the header of a stage comes the artefact in one way, then in another
# as long as it is asked for (S w ID): "w KIND SHA256 BASE" (BASE a release
# that is here, or nothing), "m LENGTH" (manifest) and "c LENGTH" (payload)
# with their bytes, then "e" (complete) or "x" (given up). Kinds:
#   whole  the artefact itself          gzip   the same, packed
#   patch  of zstd, against BASE        files  what is not in BASE, see grow
# Values are data: they are assigned, written and compared, never evaluated.
#
# Replies go to standard output, each line behind the sentinel $S, a random
# word that only the pusher knows: banners and noise cannot be replies.
#   S d NAME VALUE          a datum of the result of the current request
#   S D NAME LENGTH         the same, with that many bytes and a newline
#   S o LENGTH              output of a command, with bytes and a newline
#   S g ID | S w ID         send on; send it in the next way
#   S h | S t               still here; long work, ticking begins
#   S r ID OUTCOME CODE     the result; one for each request
#
# Lines that are comments only, and leading tabs, do not travel.
R= held= E=/dev/null exp= tk= wk_= ts=0.01 tv= woke= kid=
olc=${LC_ALL-} lcset=${LC_ALL+y}
LC_ALL=C
NL='
'
exec 3<&0 4>&1 0</dev/null 1>/dev/null 2>/dev/null
unset CDPATH
umask 077
set -f
# Handlers, not "ignore": what is ignored stays ignored in the steps.
trap : PIPE
trap bye TERM HUP INT
trap woke=1 USR1
IFS= read -r boot </proc/sys/kernel/random/boot_id
have() {
	command -v "$1"
}
have flock && fl=1 || fl=

bye() {
	trap - TERM HUP INT
	untick
	nowake
	[ -z "$exp" ] || endexec
	[ -n "$fl" ] || [ -z "$held" ] || rm -rf "$R/.sluice/lock.d"
	exit 0
}

# Functions that the wrapper of detached commands needs as well.
# thin FILE BYTES: gives back what its beginning takes on the disk, and keeps
# at least the last 64 KiB. A hole where there can be one, since that loses
# nothing; else all that was there when it was cut short, then false.
# pstat PID: sets P_pgrp, P_sid, P_start of a process that is not dead.
# ks SIGNAL SID BUT..: signals every process of a session but those; true
# when there was one. cs: centiseconds since boot, in $u.
K='pstat() {
	{ IFS= read -r st <"/proc/$1/stat"; } || return 1
	st=${st##*") "}
	set -- $st
	[ "$1" != Z ] && [ "$1" != X ] || return 1
	P_pgrp=$3 P_sid=$4
	shift 19
	P_start=$1
}
ks() {
	kz=1 kn=$1 kd=$2 k1=$3 k2=$4
	set +f
	for kp in /proc/[0-9]*; do
		kp=${kp#/proc/}
		[ "$kp" != "$k1" ] && [ "$kp" != "$k2" ] || continue
		pstat "$kp" && [ "$P_sid" = "$kd" ] || continue
		kill -"$kn" "$kp" && kz=0
	done
	set -f
	return $kz
}
thin() {
	fallocate -p -o 0 -l $(($2 - 65536)) "$1" 2>/dev/null && return 0
	kg=0
	[ ! -f "$1.base" ] || read -r kg <"$1.base"
	echo $((kg + $2)) >"$1.base"
	: >"$1"
	return 1
}
cs() {
	read -r u _ </proc/uptime
	u=${u%.*}${u#*.}
	u=${u#0}
}'
eval "$K"

# The wrapper of a step. $1 file names' common part, $2 journal, $3 time-out in
# centiseconds (0 = none), $4 words of the record, $5 wall clock when the
# machine started.
W=$K'
b=$1 j=$2 t=$3 w=$4 e=$5
set -f
exec >>"$b.out" 2>/dev/null
cs; u0=$u
pstat $$
read -r boot </proc/sys/kernel/random/boot_id
printf "%s %s %s\n" $$ "$P_start" "$boot" >"$b.pid"
(
	read -r me _ </proc/self/stat
	trap "kill \$sl; exit" TERM
	n=0 h=0
	while [ "$t" -eq 0 ] || [ $n -lt "$t" ]; do
		d=$((n / 4 + 20))
		[ $d -lt 500 ] || d=500
		[ "$t" -eq 0 ] || [ $((t - n)) -gt $d ] || d=$((t - n))
		f=$((d % 100))
		[ $f -gt 9 ] || f=0$f
		sleep $((d / 100)).$f & sl=$!
		wait $sl || { sleep 1 & sl=$!; wait $sl; }
		n=$((n + d))
		z=$(wc -c <"$b.out")
		if [ $((z - h)) -gt 33554432 ]; then
			thin "$b.out" "$z" && h=$z || h=0
		fi
	done
	: >"$b.to"
	ks TERM $$ $$ $me && sleep 1 && ks KILL $$ $$ $me
) 2>/dev/null & wp=$!
(exec sh "$b.cmd" 2>&1)
rc=$?
if [ -f "$b.to" ]; then wait $wp; else kill $wp; fi
to=0
[ ! -f "$b.to" ] || to=1
cs
printf "%s %s %s\n" $rc $to $((u - u0)) >"$b.end"
printf "%s end %s exit=%s timed_out=%s\n" $((e + u / 100)) "$w" $rc $to >>"$j"
sync "$b.end" "$j"'

# Replies are gathered and leave with one write.
B=
d() {
	B="$B$S d $1 $2$NL"
}
D() {
	B="$B$S D $1 ${#2}$NL$2$NL"
}
r() {
	untick
	B="$B$S r $id $1 ${2-}$NL"
	put
	E=/dev/null
	[ -z "$R" ] || E=$R/.sluice/err
}
put() {
	printf %s "$B" >&4 || bye
	B=
}
# no OUTCOME CODE MESSAGE: the result of what did not work. False.
no() {
	D message "$3"
	r "$1" "$2"
	return 1
}
# Says what a tool said, at most 1 KiB of it. False.
told() {
	x=
	[ "$E" = /dev/null ] || x=$(dd if="$E" bs=1024 count=1)
	case $x in
	*"No space left"* | *"quota exceeded"*) no "$1" no_space "$2: $x" ;;
	*) no "$1" "${3:-io}" "$2: $x" ;;
	esac
}
# While long work goes on, says so each second.
tick() {
	printf '%s t\n' "$S" >&4 || bye
	while sleep 1 >/dev/null && printf '%s h\n' "$S"; do :; done 3<&- >&4 4>&- 9>&- &
	tk=$!
}
# A TERM would be lost on a child that has not yet dropped our traps.
untick() {
	[ -z "$tk" ] || kill -9 "$tk"
	tk=
}

# While we wait for a child, wakes us five times a second.
wake() {
	while sleep 0.2 || sleep 1; do kill -USR1 $$ || exit; done 3<&- 4>&- 9>&- &
	wk_=$!
}
nowake() {
	[ -z "$wk_" ] || kill -9 "$wk_"
	wk_=
}

# bytes N: the next N bytes in $v.
bytes() {
	v=
	[ "$1" -eq 0 ] ||
	v=$(dd bs=65536 count="$1" iflag=fullblock,count_bytes status=none <&3
		echo .)
	v=${v%.}
}
args() {
	ne=0 a_shared= a_protect= a_release= a_run= a_cwd= a_foreign=
	a_timeout_cs=0 a_note= a_step= a_attempt=0 a_root= a_head= a_mode=755
	a_line= a_name= a_host= a_keep=5 a_lines=100 a_need=0 a_inodes=0 a_slot= a_live=
	while IFS= read -r l <&3; do
		case $l in
		'')
			cs; t0=$((a_now - u / 100))
			return 0 ;;
		*=*) k=${l%%=*} v=${l#*=} ;;
		*:*)
			k=${l%%:*} v=${l#*:}
			case $v in '' | *[!0-9]*) bye ;; esac
			bytes "$v" ;;
		*) bye ;;
		esac
		case $k in
		env)
			ne=$((ne + 1))
			eval "e_$ne=\$v" ;;
		# Numbers are counted with; a shell would evaluate what is none.
		now | epoch | attempt | foreign | bytes | need | inodes | keep | \
		lines | timeout_cs)
			case $v in '' | *[!0-9]*) bye ;; esac
			eval "a_$k=\$v" ;;
		shared) a_shared=$a_shared$v$NL ;;
		protect) a_protect=$a_protect$v$NL ;;
		*[!a-z0-9_]* | '') bye ;;
		*) eval "a_$k=\$v" ;;
		esac
	done
	bye
}
now() {
	cs
	w=$((t0 + u / 100))
}
journal() {
	now
	printf '%s %s\n' "$w" "$1" >>.sluice/journal
}
rdline() {
	IFS= read -r "$1" <"$2"
}

# --- the lease -----------------------------------------------------------
alive() {
	[ "$3" = "$boot" ] && [ -n "$1" ] && pstat "$1" && [ "$P_start" = "$2" ]
}
readlease() {
	l_e= l_p=0 l_r= l_pid= l_start= l_boot= l_since= l_why=
	read -r l_e l_p l_r l_pid l_start l_boot l_since l_why <.sluice/lease
}
# Goes to the root; what is missing there is made.
mkroot() {
	R=$a_root
	# Once more where it fails: a process that says why costs a fork.
	umask 022
	[ -d "$R/.sluice" ] || mkdir -p -m 700 -- "$R/.sluice" ||
	x=$(mkdir -p -m 700 -- "$R/.sluice" 2>&1) || {
		umask 077
		R=
		no failed io "the root cannot be made: $x"
		return 1
	}
	umask 077
	cd -- "$R" || { R=; no failed io "cannot enter '$a_root'"; return 1; }
	# Sets modes of a directory that an archive or a person made.
	E=$R/.sluice/err
	: >"$E" || {
		R=
		no failed io "cannot write to '$a_root/.sluice'"
		return 1
	}
}
# mkdirs [NEW]: what stands below the root, and a new release.
mkdirs() {
	[ -d releases ] && [ -d shared ] && [ -d .sluice/steps ] &&
	[ -d .sluice/manifests ] && [ -d .sluice/incoming ] && x= || x=1
	[ "$x$1" ] || return 0
	umask 022
	set -- ${x:+releases shared .sluice/steps .sluice/manifests \
		.sluice/incoming} ${1:+"$1"}
	mkdir -p "$@" 2>"$E"
	x=$?
	umask 077
	return $x
}
whose() {
	g_e= g_p=0
	[ ! -f .sluice/engine ] || read -r g_e g_p <.sluice/engine
	[ -n "$g_e" ] || return 0
	if [ "$g_e" != "$a_engine" ]; then
		no refused foreign_engine \
			"'$R' is managed by engine $g_e, not by $a_engine"
	elif [ "$g_p" -gt "$a_epoch" ]; then
		d seen_epoch "$g_p"
		no refused foreign_engine "a restored engine (epoch $g_p) took \
over '$R'; this one has epoch $a_epoch"
	fi
}
sign() {
	[ "$g_e $g_p" = "$a_engine $a_epoch" ] && return 0
	# An empty one, as a crash may leave it, is nobody's.
	[ -n "$g_e" ] || {
		printf '%s %s\n' "$a_engine" "$a_epoch" >.sluice/engine
		return
	}
	printf '%s %s\n' "$a_engine" "$a_epoch" >.sluice/engine.new &&
	mv -f .sluice/engine.new .sluice/engine
}
try() {
	if [ -n "$fl" ]; then
		flock -n 9
	elif mkdir .sluice/lock.d; then
		echo "$me" >.sluice/lock.d/owner
	else
		# Free a dead holder's: the rename can succeed for one only.
		o=
		rdline o .sluice/lock.d/owner || sleep 0.1
		rdline o .sluice/lock.d/owner
		[ "$o" = "$me" ] || { alive $o && return 1; }
		mv .sluice/lock.d .sluice/dead.$$ || return 1
		x=
		rdline x .sluice/dead.$$/owner
		[ "$x" = "$o" ] || { mv .sluice/dead.$$ .sluice/lock.d; return 1; }
		rm -rf .sluice/dead.$$
		mkdir .sluice/lock.d && echo "$me" >.sluice/lock.d/owner
	fi
}
# Commands that a program which had to be killed could not end.
orphans() {
	set +f
	for f in "${TMPDIR:-/tmp}/.sluice-$l_pid"-*.pid; do
		[ -O "$f" ] || continue
		read -r o _ <"$f" && ks KILL "$o" '' ''
		rm -f "${f%pid}out" "${f%pid}cmd" "$f"
	done
	set -f
}
# The same engine and rollout, come again: the old program must go first.
replace() {
	[ "$l_e $l_r" = "$a_engine $a_rollout" ] && [ "$l_p" -le "$a_epoch" ] &&
	alive "$l_pid" "$l_start" "$l_boot" || return 1
	og=$P_pgrp
	kill -TERM "$l_pid"
	for i in 1 2 3 4 5 6 7 8 9 10; do
		sleep 0.05
		try && { orphans; return 0; }
		[ $i -ne 6 ] || {
			alive "$l_pid" "$l_start" "$l_boot" &&
			if [ "$og" = "$l_pid" ]; then
				kill -KILL "-$l_pid"
			else
				kill -KILL "$l_pid"
			fi
		}
	done
	return 1
}
# A step of another rollout that still runs holds the host as well.
others() {
	set +f
	[ "$g_e" = "$a_engine" ] && y=$a_rollout. || y=/
	for f in .sluice/steps/*.pid; do
		f=${f%.pid} x=${f##*/}
		[ -f "$f.pid" ] && ! [ -s "$f.end" ] || continue
		case $x in "$y"*) continue ;; esac
		read -r o <"$f.pid" && alive $o || continue
		set -f
		no refused busy "step $x still runs in '$R'"
		return 1
	done
	set -f
}
freelock() {
	if [ -n "$fl" ]; then exec 9>&-; else rm -rf .sluice/lock.d; fi
	held=
}
lease() {
	[ "$held" = "$a_root $a_engine $a_epoch $a_rollout" ] &&
	[ -d .sluice ] && return 0
	mkroot && whose || return 1
	pstat $$
	me="$$ $P_start $boot"
	if [ -z "$held" ]; then
		readlease
		if [ -n "$fl" ]; then exec 9>>.sluice/lock; fi
		try || replace || {
			# Who has it has perhaps not yet said so.
			alive "$l_pid" "$l_start" "$l_boot" || {
				sleep 0.1 || sleep 1
				readlease
			}
			[ -z "$fl" ] || exec 9>&-
			D holder "$l_r"
			no refused busy "'$R' is held by ${l_r:-somebody} of engine \
${l_e:-unknown}, epoch $l_p${l_why:+ ($l_why)}, since $l_since"
			return 1
		}
		others || { freelock; return 1; }
	fi
	sign || { freelock; told failed "cannot sign '$R'"; return 1; }
	now
	echo "$a_engine $a_epoch $a_rollout $me $w $a_reason" >.sluice/lease
	held="$a_root $a_engine $a_epoch $a_rollout"
}

# --- facts ---------------------------------------------------------------
# current: sets ct (what the link says), ck (its kind), cr (the release).
current() {
	ct= cr= ck=none
	if [ -L current ]; then
		ct=$(readlink current) ck=foreign
		case $ct in
		releases/*/* | releases/.*) ;;
		releases/*) [ ! -f ".sluice/manifests/${ct#releases/}.info" ] ||
			ck=release cr=${ct#releases/} ;;
		esac
		return 0
	fi
	[ ! -e current ] || ck=directory
}
# space DIR [FILE]: sets fb, fi (bytes and inodes that are free there). With a
# file to write to it takes no fork.
space() {
	fb= fi= x= y= z=
	if [ -n "$2" ]; then
		stat -f -c '%a %S %d' "$1" >"$2" && read -r x y z <"$2"
	else
		x=$(stat -f -c '%a %S %d' "$1") && z=${x##* } y=${x% *} &&
		x=${y% *} y=${y#* }
	fi
	case $x$y$z in *[!0-9]* | '') ;; *) fb=$((x * y)) fi=$z ;; esac
}
# about: the machine; takes some processes.
about() {
	d user "$(id -un)"
	x=; rdline x /proc/sys/kernel/hostname; D hostname "$x"
	x=; rdline x /proc/sys/kernel/osrelease; D kernel "$x"
	D shell "${SHELL:-}"
	x=$(date +%s%3N)
	case $x in *[!0-9]* | ??????????) x=$(date +%s)000 ;; esac
	d clock_ms "$x"
	x=$a_root
	until [ -d "$x" ]; do x=${x%/*}; x=${x:-/}; done
	space "$x"
	d free_bytes "${fb:-0}"
	d free_inodes "${fi:-0}"
}
# denied: where the root cannot be made, or used as it has to be.
denied() {
	x=$a_root
	until [ -d "$x" ]; do x=${x%/*}; x=${x:-/}; done
	if [ "$x" = "$a_root" ]; then
		[ ! -e "$x/.sluice" ] || x=$x/.sluice
		[ -r "$x" ] || return 0
	fi
	[ -w "$x" ] && [ -x "$x" ] || return 0
	return 1
}
# facts: the root; takes none.
facts() {
	for x in flock setsid gzip tar openssl zstd rsync; do
		have $x && d tool_$x 1 || d tool_$x 0
	done
	[ -z "$a_root" ] || ! denied || D root_denied "$x"
	[ -n "$a_root" ] && [ -d "$a_root" ] && cd -- "$a_root" || {
		d root_exists 0
		return 0
	}
	d root_exists 1
	g_e= g_p=0
	[ ! -f .sluice/engine ] || read -r g_e g_p <.sluice/engine
	D engine "$g_e"
	d epoch "$g_p"
	current
	d current_kind $ck
	D current "$cr"
	D current_target "$ct"
	set +f
	for x in releases/*; do
		x=${x#releases/}
		[ ! -f ".sluice/manifests/$x.info" ] || [ -h "releases/$x" ] ||
			d release "$x"
	done
	set -f
	readlease
	alive "$l_pid" "$l_start" "$l_boot" || return 0
	D lease_engine "$l_e"
	d lease_epoch "$l_p"
	D lease_rollout "$l_r"
	d lease_since "$l_since"
	D lease_reason "$l_why"
}
op_probe() {
	about
	facts
	r done
}
op_lock() {
	lease || return 0
	# Whatever acts next makes sure of the journal first.
	journal "lock $a_rollout epoch=$a_epoch ledger=$a_head"
	facts
	r done
}
op_unlock() {
	lease || return 0
	journal "unlock $a_rollout $a_note"
	: >.sluice/lease
	sync .sluice/journal
	freelock
	r done
}
op_adopt() {
	mkroot || return 0
	g_e= g_p=0
	[ ! -f .sluice/engine ] || read -r g_e g_p <.sluice/engine
	old=$g_e.$g_p
	readlease
	if [ "$g_e" != "$a_engine" ] && [ "$l_pid" != $$ ] &&
		alive "$l_pid" "$l_start" "$l_boot"; then
		no refused busy "'$R' is held by $l_r of engine $l_e, which is \
alive"
		return 0
	fi
	if [ -n "$g_e" ] && [ "$g_e" != "$a_engine" ]; then
		others || return 0
		set +f
		rm -f .sluice/steps/*
		set -f
	fi
	sign || { told failed "cannot sign '$R'"; return 0; }
	held=
	journal "adopt $a_rollout from=$old to=$a_engine.$a_epoch $a_reason"
	sync .sluice/journal
	r done
}
op_journal() {
	R=$a_root
	[ -f "$R/.sluice/journal" ] || { r done; return 0; }
	D lines "$(tail -n "$a_lines" "$R/.sluice/journal" | tail -c 262144)"
	r done
}

# --- artefacts -----------------------------------------------------------
# agree MANIFEST BYTES: what is here is what it says. What openssl says is
# taken only when it is a yes: it knows no names that have to be quoted. It
# takes 2 ms to begin and then a third of the time of sha256sum.
agree() {
	[ "$2" -ge 1000000 ] && have openssl && have cmp &&
	cut -b67- <"$1" | tr '\n' '\0' | xargs -0 openssl dgst -sha256 -r -- |
		sed 's/ \*/  /' | cmp -s - "$1" ||
	sha256sum -c "$1" 2>"$E"
}
whole() {
	read -r x y _ <".sluice/manifests/$1.info" && [ -d "releases/$1" ] ||
		return 1
	[ -z "$2" ] || [ "$x" = "$2" ] || return 1
	[ -s ".sluice/manifests/$1" ] || return 0
	(cd "releases/$1" && agree "$R/.sluice/manifests/$1" "$y")
}
# another: what came, or its base, is of no use: asks for the next way.
another() {
	untick
	wk=
	printf '%s w %s\n' "$S" "$id" >&4 || bye
}
# into: where what comes in way $wk goes: $i. One file goes to its place.
into() {
	case $wk.$a_format in
	whole.file) i=$n/$a_name; umask "$a_umask" ;;
	*) i=.sluice/incoming/payload ;;
	esac
	: >"$i"
	x=$?
	umask 077
	: >"$m" && [ $x -eq 0 ] || { told failed "cannot write '$i'"; bye; }
	[ -z "$a_line" ] || [ "$wk" = files ] || printf '%s\n' "$a_line" >"$m"
}
# recv: takes what follows a stage in one way: $wk, $ws, $wr. False: given up.
recv() {
	wk=none f=
	while read -r k n_ x y <&3; do
		case $k in
		c) f=$i ;;
		m) f=$m ;;
		e) return 0 ;;
		x) return 1 ;;
		w)
			wk=$n_ ws=$x wr=$y
			[ -z "$go" ] || into
			[ -z "$go" ] || [ -z "$wr" ] ||
				[ -s ".sluice/manifests/$wr" ] || another
			continue ;;
		*) bye ;;
		esac
		[ -n "$wk" ] && [ -n "$go" ] || f=/dev/null
		dd bs=65536 count="$n_" iflag=fullblock,count_bytes status=none \
			<&3 >>"$f" 2>"$E" || {
			# How much is left of the frame is not known any more.
			told failed "cannot write the artefact"
			: >"$f"
			bye
		}
	done
	bye
}
# room: false, and says so, when the artefact will not fit.
room() {
	space . .sluice/said
	if [ -n "$fb" ] && [ "$fb" -lt "$a_need" ]; then
		x="$(((a_need - fb + 1048575) / 1048576)) MiB"
	elif [ -n "$fi" ] && [ "$fi" -gt 0 ] && [ "$fi" -lt "$a_inodes" ]; then
		x="$((a_inodes - fi)) inodes"
	else
		return 0
	fi
	y=$(df -P . | tail -n 1)
	no refused no_space "$x short on file system '${y##* }' for '$R'"
}
sha() {
	h=
	if [ "$a_bytes" -ge 1000000 ] && have openssl; then
		openssl dgst -sha256 -r <"$1" >.sluice/said
	else
		sha256sum <"$1" >.sluice/said
	fi
	read -r h _ <.sluice/said
}
# link SHARED: puts a link to it into the new release $n.
link() {
	up=../.. p=$1 q=
	while :; do
		case $p in */*) ;; *) break ;; esac
		q=$q${p%%/*} p=${p#*/} up=$up/..
		[ ! -L "$n/$q" ] && [ -d "$n/$q" ] || rm -rf "$n/$q"
		[ -d "$n/$q" ] || (umask "$a_umask"; mkdir "$n/$q") || return 1
		q=$q/
	done
	if ! [ -e "shared/$1" ]; then
		case $1 in */*) (umask "$a_umask"
			mkdir -p "shared/${1%/*}") || return 1 ;; esac
		if [ -f "$n/$1" ] && ! [ -L "$n/$1" ]; then
			cp "$n/$1" "shared/$1"
		else
			(umask "$a_umask"; mkdir -p "shared/$1")
		fi || return 1
	fi
	rm -rf "$n/$1" && ln -s "$up/shared/$1" "$n/$1"
}
# plain: makes the artefact itself of what came, where that is not it.
plain() {
	o=.sluice/incoming/payload.out
	case $wk in
	whole) return 0 ;;
	gzip) gzip -dc <"$i" >"$o" ;;
	patch)
		read -r x y <".sluice/manifests/$wr"
		zstd -dqf --long=30 --patch-from="releases/$wr/${y#./}" \
			-o "$o" -- "$i"
		;;
	*) false ;;
	esac && mv -f "$o" "$i" && sha "$i" && [ "$h" = "$a_sha256" ]
}
# untar FLAG DIR
untar() {
	# Others drop set-uid bits without being told.
	[ -n "$tv" ] || {
		tar --version >"$R/.sluice/said"
		read -r tv <"$R/.sluice/said"
	}
	tar --no-same-permissions -o -x"$1"f "$i" -C "$2" &&
	case $tv in *busybox*) chmod -R ug-s "$2" ;; esac
}
# unpack: fills the new release, which is an empty directory.
unpack() {
	[ "$a_umask" = 022 ] || chmod "$(masked 777)" "$n"
	umask "$a_umask"
	case $a_format in
	tar) untar '' "$n" ;;
	tar.gz) untar z "$n" ;;
	*)
		o=$n/$a_name x=$((0$a_mode & ~0$a_umask))
		[ "$i" = "$o" ] || mv -f "$i" "$o" &&
		{ [ "$i" = "$o" ] && [ $x -eq $((0666 & ~0$a_umask)) ] ||
			chmod $((x >> 6 & 7))$((x >> 3 & 7))$((x & 7)) "$o"; }
		;;
	esac 2>"$E"
	x=$?
	umask 077
	return $x
}
masked() {
	printf %o $((0$1 & ~0$a_umask))
}
# cpto DIR: copies the files of $g/paths there, whose directories are there.
cpto() {
	tr '\n' '\0' <"$g/paths" |
		xargs -0 cp --parents --reflink=auto \
		--preserve=timestamps -t "$1" -- && return
	# One directory after the other, where cp cannot do that.
	sort "$g/paths" >"$g/sorted"
	y=
	set --  "$1"
	while IFS= read -r x; do
		[ "${x%/*}" = "$y" ] && [ $# -lt 500 ] || {
			[ $# -eq 1 ] || cpdir "$@" || return
			set -- "$1"
			y=${x%/*}
		}
		set -- "$@" "$x"
	done <"$g/sorted"
	[ $# -eq 1 ] || cpdir "$@"
}
cpdir() {
	o=$1/$y
	shift
	cp -- "$@" "$o"
}
# grow: the new release out of BASE and what came: tree (what is to be
# unpacked), drop and lines (of the manifest), digest (of the new manifest,
# sorted), mode/OCTAL (files of BASE that have this mode), mode (of the rest).
# Files are copied, never linked; what is not in the manifest stays behind.
grow() {
	g=$R/.sluice/incoming/delta
	[ ! -e "$g" ] || rm -rf "$g"
	mkdir "$g" && umask "$a_umask" && untar z "$g"
	x=$?
	umask 077
	[ $x -eq 0 ] || return
	export LC_ALL
	sort ".sluice/manifests/$wr" "$g/drop" | uniq -u >"$g/kept"
	sort "$g/kept" "$g/lines" >"$m"
	h=$(sha256sum <"$m")
	read -r x z <"$g/digest"
	[ "${h%% *}" = "$x" ] || return
	cut -b67- <"$g/kept" >"$g/paths"
	mv -T "$g/tree" "$n" && (
		cd "releases/$wr" || exit
		# Files only, nothing that could keep cp waiting.
		find . -type f ! -name "*$NL*" | sort - "$g/paths" | uniq -d \
			>"$g/both"
		x=$(wc -l <"$g/both") y=$(wc -l <"$g/paths")
		[ "$x" -eq "$y" ] && cpto "$R/$n" && cd "$R/$n" &&
		tr '\n' '\0' <"$g/paths" | xargs -0 chmod "$(masked "$z")" -- &&
		set +f &&
		for x in "$g/mode"/*; do
			[ -f "$x" ] || continue
			xargs -0 chmod "$(masked "${x##*/}")" -- <"$x" || exit
		done && agree "$R/$m" "$a_bytes"
	) && rm -rf "$g"
}
# Ours only: file by file while they are few, else their file system. The
# rename that follows is made sure of by the switch.
flush() {
	set -- "$1" "$m" "$m.info" .sluice .sluice/engine .sluice/journal
	if [ "$a_format" = file ]; then
		sync "$1/$a_name" "$@"
	elif [ "$a_inodes" -gt 32 ] || ! have find; then
		sync -f "$@"
	else
		find "$1" "$m" "$m.info" .sluice/journal .sluice/engine \
			! -type l -exec sync {} +
	fi
}
op_stage() {
	m=.sluice/manifests/$a_release n=releases/.new-$a_release go=
	lease && room && go=1
	if [ -n "$go" ] && [ -e "releases/$a_release" ]; then
		tick
		current
		if whole "$a_release" "$a_sha256"; then
			d already 1
			r done
			go=
		elif [ "$cr" = "$a_release" ]; then
			no failed corrupt "release $a_release is current in '$R' \
and does not agree with its manifest: $(dd if="$E" bs=1024 count=1)"
			go=
		fi
		untick
	fi
	[ -z "$go" ] || {
		[ ! -e "$n" ] || rm -rf "$n"
		mkdirs "$n" || { told failed "cannot make '$n'"; go=; }
	}
	[ -n "$go" ] || { recv; return 0; }
	printf '%s g %s\n' "$S" "$id" >&4 || bye
	big=
	[ "$a_bytes" -lt 4194304 ] || big=1
	while :; do
		recv || {
			[ -z "$wk" ] || {
				rm -rf "$n"
				r refused cancelled
				return 0
			}
		}
		[ -n "$wk" ] || continue
		[ ! $big ] && [ "$a_inodes" -lt 2000 ] || tick
		sha "$i"
		[ "$wk" != whole ] || ws=$a_sha256
		[ "$h" = "$ws" ] || [ "$wk" != whole ] || {
			: >"$i"
			rm -rf "$n"
			no failed corrupt "what arrived has digest $h, not $ws"
			return 0
		}
		if [ "$h" != "$ws" ]; then
			:
		elif [ "$wk" = files ]; then
			grow && break
		else
			plain && unpack && break
		fi
		[ "$wk" = whole ] && {
			told failed "cannot unpack $a_release"
			: >"$i"
			rm -rf "$n"
			return 0
		}
		rm -rf "$n"
		mkdirs "$n"
		another
	done
	IFS=$NL
	for x in $a_shared; do
		unset IFS
		link "$x" 2>"$E" || {
			told failed "cannot link shared '$x'"
			rm -rf "$n"
			return 0
		}
	done
	unset IFS
	[ ! -e "releases/$a_release" ] || {
		mv "releases/$a_release" "releases/.del-$a_release.$$"
		rm -rf "releases/.del-$a_release.$$"
	}
	now
	printf '%s %s %s %s\n' "$a_sha256" "$a_bytes" "$a_format" "$w" >"$m.info"
	journal "staged $a_rollout $a_release $a_sha256"
	flush "$n" 2>"$E"
	mv -T "$n" "releases/$a_release" 2>"$E" || {
		told failed "cannot rename the new release"
		return 0
	}
	[ ! -s .sluice/incoming/payload ] || : >.sluice/incoming/payload
	d already 0
	d way "$wk"
	r done
}
op_verify() {
	lease || return 0
	[ -d "releases/$a_release" ] &&
	[ -f ".sluice/manifests/$a_release.info" ] || {
		no failed not_found "release $a_release is not in '$R'"
		return 0
	}
	tick
	whole "$a_release" "" || {
		x=$(cd "releases/$a_release" &&
			sha256sum -c "$R/.sluice/manifests/$a_release" |
			while IFS= read -r l; do
				case $l in *': OK') ;; *) printf '%s; ' "$l" ;; esac
			done | dd bs=1000 count=1)
		no failed corrupt "release $a_release in '$R' was altered: $x"
		return 0
	}
	r done
}
# What stands in `current` ($2) becomes $1, in one instant.
point() {
	[ ! -L .current.new ] || rm -f .current.new
	ln -s -- "$1" .current.new && mv -T -f .current.new "${2:-current}"
}
# What was in `current` before, for who goes back there.
before() {
	case $ck in release) p_t=$cr ;; *) p_t=$ct ;; esac
	printf '%s\n%s\n' $ck "$p_t" >.sluice/previous
	[ $ck != foreign ] || printf '%s\n' "$ct" >.sluice/foreign
}
# slot: a release into a slot of a colour; with a_live that colour goes live,
# `current` follows it.
slot() {
	at=slots/$a_slot to=../releases/$a_release
	current
	[ "$a_live" != 1 ] || {
		[ "$(readlink "$at")" = "$to" ] || {
			no refused not_found "slot $a_slot of '$R' does not \
hold $a_release"
			return 0
		}
		at=live to=slots/$a_slot
	}
	for x in "$at" current; do
		[ -h "$x" ] || [ ! -e "$x" ] || {
			no refused exists "'$R/$x' is not a link; move it away"
			return 0
		}
	done
	x=$(readlink "$at")
	d previous_kind $ck
	D previous "$cr"
	[ "$a_live" = 1 ] && y=releases/$a_release || y=$ct
	if [ "$x" = "$to" ] && [ "$ct" = "$y" ]; then
		d already 1
		r done
		return 0
	fi
	mkdir -p -m 755 slots 2>"$E"
	[ "$ct" = "$y" ] || before
	journal "switch $a_rollout $a_attempt $at from=$x to=$to"
	sync .sluice/journal .sluice releases slots
	point "$to" "$at" 2>"$E" && { [ "$ct" = "$y" ] || point "$y" 2>"$E"; } || {
		told failed "cannot switch"
		return 0
	}
	journal "switched $a_rollout $a_attempt $at to=$to"
	sync .sluice/journal slots .
	d already 0
	r done
}
op_switch() {
	lease || return 0
	[ -z "$a_slot" ] || [ -d "releases/$a_release" ] || {
		no refused not_found "release $a_release is not in '$R'"
		return 0
	}
	[ -z "$a_slot" ] || { slot; return 0; }
	case $a_foreign in 1) to=$a_release ;; *) to=releases/$a_release ;; esac
	current
	case $ck in
	directory)
		no refused exists "'$R/current' is not a link; convert it with: \
cd '$R' && mkdir -p releases && mv current releases/unmanaged && \
ln -s releases/unmanaged current"
		return 0 ;;
	esac
	if [ "$ct" = "$to" ]; then
		p_k=none p_t=
		if [ -f .sluice/previous ]; then
			read -r p_k <.sluice/previous
			p_t=$(tail -n +2 .sluice/previous)
		fi
		d already 1
		d previous_kind "$p_k"
		D previous "$p_t"
		r done
		return 0
	fi
	[ "$a_foreign" = 1 ] || [ -f ".sluice/manifests/$a_release.info" ] &&
	[ -d "$to" ] || {
		no refused not_found "release $a_release is not in '$R'"
		return 0
	}
	before
	journal "switch $a_rollout $a_attempt from=$ct to=$to"
	sync .sluice/journal .sluice/previous .sluice releases
	point "$to" 2>"$E" || { told failed "cannot switch"; return 0; }
	journal "switched $a_rollout $a_attempt to=$to"
	sync .sluice/journal .
	d already 0
	d previous_kind $ck
	D previous "$p_t"
	r done
}
op_clean() {
	lease || return 0
	tick
	current
	p_t=
	[ ! -f .sluice/previous ] || p_t=$(tail -n +2 .sluice/previous)
	n=0 y= y_s=
	[ ! -d slots ] || y_s=$(readlink slots/blue; readlink slots/green; echo .)
	set +f
	for x in $(cd .sluice/manifests && ls -1t -- *.info); do
		x=${x%.info}
		[ -e "releases/$x" ] || { rm -f ".sluice/manifests/$x.info" \
			".sluice/manifests/$x"; continue; }
		n=$((n + 1))
		[ $n -gt "$a_keep" ] && [ "$x" != "$cr" ] && [ "$x" != "$p_t" ] ||
			continue
		case $NL$a_protect in *"$NL$x$NL"*) continue ;; esac
		case $y_s in *"/$x$NL"*) continue ;; esac
		rm -f ".sluice/manifests/$x.info" ".sluice/manifests/$x"
		mv "releases/$x" "releases/.del-$x" && y=$y$x$NL
	done
	rm -rf releases/.del-* releases/.new-*
	for f in .sluice/steps/*.cmd; do
		f=${f%.cmd}
		case ${f##*/} in "$a_rollout".*) continue ;; esac
		read -r o <"$f.pid" && alive $o && continue
		rm -f "$f".*
	done
	set -f
	IFS=$NL
	for x in $y; do d removed "$x"; done
	unset IFS
	journal "clean $a_rollout"
	if [ "$(wc -l <.sluice/journal)" -gt 4000 ]; then
		tail -n 2000 .sluice/journal >.sluice/journal.new &&
		sync .sluice/journal.new &&
		mv -f .sluice/journal.new .sluice/journal
	fi
	sync .sluice .sluice/journal
	r done
}

# --- commands ------------------------------------------------------------
# launch BASE DIR [JOURNAL WORDS]: starts $a_run in a session of its own, with
# its environment: under the wrapper where there is a journal. $kid is it.
launch() {
	have setsid || { no refused failed "the host has no setsid"; return 1; }
	[ -d "$2" ] || { no failed not_found "no directory '$2'"; return 1; }
	: >"$1.out" && printf '%s\n' "$a_run" >"$1.cmd" || {
		no failed io "cannot write '$1'"
		return 1
	}
	now
	woke=
	(
		if [ -n "$a_root" ]; then
			export SLUICE_ROOT="$a_root" SLUICE_PREVIOUS="$prev"
			export SLUICE_RELEASE="${a_release:+$rel}"
		fi
		i=0
		while [ $i -lt $ne ]; do
			i=$((i + 1))
			eval "v=\$e_$i"
			export "$v"
		done
		if [ -n "$lcset" ]; then LC_ALL=$olc; else unset LC_ALL; fi
		umask 022
		cd -- "$2" || exit
		exec 3<&- 4>&- 9>&-
		[ -n "$3" ] || exec setsid sh "$1.cmd" >>"$1.out" 2>&1
		exec setsid sh -c "$W" sluice-step "$1" "$3" $a_timeout_cs "$4" \
			"$t0"
	) &
	kid=$!
}
# pump BASE: sends what the command printed since, the end of a flood only.
pump() {
	[ -s "$1.out" ] || { off=0 hole=0; return 0; }
	z=$(wc -c <"$1.out")
	z=${z:-0}
	[ "$z" -gt $off ] || { [ "$z" -eq $off ] || off=0 hole=0; return 0; }
	s=$off
	[ $((z - s)) -le 65536 ] || s=$((z - 65536))
	o=$(dd if="$1.out" bs=65536 count=1 iflag=fullblock,skip_bytes \
		skip=$s status=none; echo .)
	o=${o%.}
	printf '%s o %s\n%s\n' "$S" ${#o} "$o" >&4 || bye
	off=$z
	if [ $((z - hole)) -gt 4194304 ]; then
		thin "$1.out" "$z" && hole=$z || off=0 hole=0
	fi
}
endexec() {
	o=
	read -r o _ <"$exp.pid"
	[ -z "$o" ] || { ks TERM "$o" '' '' && sleep 0.5 && ks KILL "$o" '' ''; }
	rm -f "$exp.out" "$exp.cmd" "$exp.pid" "$exp.out.base"
	exp= kid=
}
# sleep until the child $kid may have ended, or for a while. False: it has, and
# $rc is what it said. What was running before we came is no child.
doze() {
	if [ -z "$kid" ]; then
		n=$((n + 1))
		case $n in 6) ts=0.02 ;; 30) ts=0.05 ;; 60) ts=0.2 ;; esac
		sleep $ts || sleep 1
		return 0
	fi
	woke=
	wait "$kid"
	rc=$?
	[ "$woke" ] && [ $rc -gt 128 ] || { kid=; return 1; }
	pstat "$kid" && return 0
	# It ended just when we were woken.
	z=$rc
	wait "$kid"
	rc=$?
	[ $rc -ne 127 ] || [ "$(kill -l $z)" = USR1 ] || rc=$z
	kid=
	return 1
}
# ended BASE: the wrapper of a step has said how it ended.
ended() {
	[ -s "$1.end" ] && read -r rc to du <"$1.end" && [ -n "$du" ]
}
# await BASE DEADLINE JOURNAL: until it ended (true), or is dead or late ($why).
# The deadline is in centiseconds since boot; 0 leaves it to the wrapper.
await() {
	off=0 n=0 hole=0 ts=0.01 why=
	cs; lo=$u hb=$u al=$u au=$u
	[ -z "$kid" ] || wake
	while [ -z "$3" ] || ! ended "$1"; do
		if ! doze; then
			[ -n "$3" ] || break
			ended "$1" || why=dead
			break
		fi
		cs
		if [ $((u - lo)) -ge 20 ]; then
			pump "$1"
			cs; lo=$u
		fi
		if [ $((u - hb)) -ge 90 ]; then
			printf '%s h\n' "$S" >&4 || bye
			hb=$u
		fi
		[ "$2" -eq 0 ] || [ $u -lt "$2" ] || { why=late; break; }
		if [ -z "$kid" ] && [ $((u - al)) -ge 100 ]; then
			al=$u o=
			read -r o <"$1.pid"
			[ -n "$o" ] || [ $((u - au)) -gt 500 ] || continue
			alive $o || ended "$1" || { why=dead; break; }
		fi
	done
	nowake
	[ -z "$why" ] && pump "$1"
}
size() {
	g=0
	[ ! -f "$1.out.base" ] || read -r g <"$1.out.base"
	d output_bytes $((g + off))
}
op_exec() {
	prev= rel=
	if [ -n "$a_release" ] && cd -- "$a_root"; then
		R=$a_root
		prevof
		a_cwd=${a_cwd:-$rel}
	fi
	exp=${TMPDIR:-/tmp}/.sluice-$$-${S#????????????????}
	cs; u1=$u
	dl=0
	[ "$a_timeout_cs" -eq 0 ] || dl=$((u + a_timeout_cs))
	launch "$exp" "${a_cwd:-/}" || return 0
	echo "$kid" >"$exp.pid"
	printf '%s t\n' "$S" >&4 || bye
	await "$exp" $dl || pump "$exp"
	cs
	d duration_cs $((u - u1))
	size "$exp"
	if [ -n "$why" ]; then
		endexec
		d timed_out 1
		r failed timeout
		return 0
	fi
	# They go when we do; that costs one process for all commands.
	: >"$exp.out" >"$exp.cmd" >"$exp.pid"
	[ ! -f "$exp.out.base" ] || rm -f "$exp.out.base"
	d rc "$rc"
	d timed_out 0
	[ "$rc" -eq 0 ] && r done || r failed failed
}
# Where the release is, in $rel, and what runs beside it, in $prev.
prevof() {
	current
	prev= p_k= rel=releases/$a_release
	[ "$a_foreign" != 1 ] || rel=$a_release
	if [ "$ct" = "$rel" ]; then
		[ ! -f .sluice/previous ] || {
			read -r p_k <.sluice/previous
			ct=$(tail -n +2 .sluice/previous)
			[ "$p_k" != release ] || ct=releases/$ct
		}
		[ "$p_k" != none ] || ct=
		[ -n "$p_k" ] || ct=
	fi
	case $ct in '') ;; /*) prev=$ct ;; *) prev=$R/$ct ;; esac
	case $rel in /*) ;; *) rel=$R/$rel ;; esac
}
op_step() {
	lease || return 0
	b=$R/.sluice/steps/$a_rollout.$a_step.$a_attempt
	w_="$a_rollout $a_step $a_attempt" new= kid=
	if [ ! -f "$b.cmd" ]; then
		prevof
		[ -d "$rel" ] || {
			no refused not_found "release $a_release is not in '$R'"
			return 0
		}
		new=1
		journal "begin $w_ $a_release"
		launch_begin || return 0
	elif [ "$(cat "$b.cmd")" != "$(printf '%s\n' "$a_run")" ]; then
		no refused exists "step $a_step of $a_rollout, attempt $a_attempt, \
was another command in '$R'"
		return 0
	fi
	d replayed $([ -s "$b.end" ] && [ -z "$new" ] && echo 1 || echo 0)
	printf '%s t\n' "$S" >&4 || bye
	if [ -z "$kid" ] && ! [ -s "$b.pid" ]; then
		# Begun, and its wrapper perhaps not yet up.
		for x in 1 2 3 4 5 6 7 8 9 10; do
			[ -s "$b.pid" ] && break
			sleep 0.1
		done
	fi
	if await "$b" 0 y; then
		d rc "$rc"
		d timed_out "$to"
		d duration_cs "$du"
		size "$b"
		if [ "$to" = 1 ]; then
			r failed timeout
		elif [ "$rc" -eq 0 ]; then
			r done
		else
			r failed failed
		fi
		return 0
	fi
	# The wrapper is dead. What it started may live on: wait for that.
	o= x=
	read -r o x x <"$b.pid"
	if [ "$x" = "$boot" ]; then
		u1=$u
		while ks 0 "$o" '' ''; do
			sleep 0.2
			printf '%s h\n' "$S" >&4 || bye
			cs
			[ $((u - u1)) -lt $((a_timeout_cs + 500)) ] || ks KILL "$o" '' ''
		done
	fi
	pump "$b"
	journal "interrupted $w_"
	no interrupted failed "step $a_step of $a_rollout began and was cut off; \
what it did is not known"
}
launch_begin() {
	mkdirs
	printf '%s\n' "$a_run" >"$b.cmd"
	sync .sluice/journal "$b.cmd" .sluice/steps
	launch "$b" "$rel" "$R/.sluice/journal" "$w_"
}

printf '%s hello 1\n' "$S" >&4
while read -r op id <&3; do
	args
	case $op in
	probe | lock | stage | verify | step | switch | exec | clean | unlock | \
	adopt | journal) op_$op ;;
	*) no refused protocol "the host program does not know '$op'" ;;
	esac
done
bye
