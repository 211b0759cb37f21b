# Hosts of every kind over ssh, openssh and auto: Dropbear, busybox, shells
# that talk or are slow, a user without rights.
. "$top_srcdir/tests/lib/tap.sh"
. "$top_srcdir/tests/lib/sandbox.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/ssh/lib_push.sh"
. "$top_srcdir/tests/ssh/lib_matrix.sh"
. "$top_srcdir/tests/ssh/lib_user.sh"
test -x "$DRIVE" || bail "tests/ssh/push_drive is not built"
sshd_setup || skip_all "no sshd on this machine"

# Start-up files talk before and after, on both outputs.
sshd_start noisy 'ForceCommand echo "Welcome to $USER"; echo oops >&2; printf "prompt> "; eval "$SSH_ORIGINAL_COMMAND"' ||
	bail "the noisy sshd does not start"
matrix_usual
matrix_row "A login shell that prints noise" done done "done ssh"
sshd_stop "$SSHD_PID"

# Slow ones cost the time of one login, not of one a step.
sshd_start slow "ForceCommand echo . >>'$T/logins'; sleep 1; eval \"\$SSH_ORIGINAL_COMMAND\"" ||
	bail "the slow sshd does not start"
matrix_usual
matrix_row "Start-up files that are slow" done done "done ssh"
is "$(wc -l <"$T/logins")" 3 "one login for all steps of a host"
sshd_stop "$SSHD_PID"

# The shell refuses: what it said comes through, on either output.
sshd_start closed 'ForceCommand echo "This account is not available." >&2; exit 1' ||
	bail "the closed sshd does not start"
matrix_usual
matrix_row "A shell that refuses" "unreachable unreachable" \
	"unreachable unreachable" "unreachable unreachable ssh"
matrix_try openssh
like "$(result 1 .error.message)" 'This account is not available' \
	"openssh: what it said on standard error"
sshd_stop "$SSHD_PID"

# Every tool and the shell are busybox's.
if busybox=$(command -v busybox); then
	mkdir "$T/applets"
	for applet in $("$busybox" --list); do
		ln -s "$busybox" "$T/applets/$applet"
	done
	cat >"$T/busybox-login" <<-END
		#!$T/applets/sh
		PATH=$T/applets
		export PATH
		rest=\${SSH_ORIGINAL_COMMAND#exec /bin/sh}
		eval "exec $T/applets/sh \$rest"
	END
	chmod 755 "$T/busybox-login"
	sshd_start busybox "ForceCommand $T/busybox-login" ||
		bail "the busybox sshd does not start"
	matrix_usual
	matrix_row "busybox tools and shell" done done "done ssh"
	matrix_host m auto
	push_begin "$MATRIX_SETTINGS"
	push m exec '{"run":"tar --help 2>&1 | head -n 1"}'
	push_run
	like "$(output 1)" BusyBox "tools are really busybox's"
	sshd_stop "$SSHD_PID"
else
	skip 4 "no busybox"
fi

if user_create; then
	sshd_start user "AllowUsers $USER_NAME" \
		"AuthorizedKeysFile $USER_HOME/.ssh/authorized_keys" ||
		bail "the sshd for a user does not start"
	LOGIN=$USER_NAME MATRIX_ROOT=$USER_HOME/srv
	matrix_usual
	matrix_row "A user without rights" done done "done ssh"
	is "$(stat -c %U "$USER_HOME/srv/m$matrix_n/releases")" "$USER_NAME" \
		"all is its own"
	MATRIX_ROOT=/srv/sluice-nobody-may
	matrix_try auto
	is "$(result 2 .outcome)" failed "where it may not write"
	like "$(result 2 .error.message)" \
		'sluice-nobody-may' "the place is named"
	not_ok "and nothing is made" test -e /srv/sluice-nobody-may
	is "$(result 1 .data.root_denied)" /srv "a probe knows it before"
	PUSH_ROOT=$USER_HOME/srv/m$((matrix_n - 1))
	chown root "$PUSH_ROOT/.sluice"
	push_begin "$MATRIX_SETTINGS"
	push m probe
	push_run
	is "$(result 1 '"\(.data.root_exists) \(.data.root_denied)"')" \
		"true $PUSH_ROOT/.sluice" "as what cannot be read in the root"
	sshd_stop "$SSHD_PID"
else
	skip 9 "only root can make a user"
fi

dropbear=$(PATH=$PATH:/usr/sbin:/usr/local/sbin command -v dropbear)
if test -n "$dropbear" && test -n "$USER_HOME"; then
	MATRIX_ROOT=$USER_HOME/srv
	for type in ed25519 rsa; do
		dropbearkey -t $type -f "$T/dropbear_$type" >"$T/dropbear.out" \
			2>/dev/null
		PORT=$(sshd_free_port)
		"$dropbear" -F -E -s -j -k -m -r "$T/dropbear_$type" \
			-P "$T/dropbear.pid" -p "127.77.0.1:$PORT" \
			2>"$T/dropbear.log" </dev/null &
		pid=$!
		at_exit "kill $pid 2>/dev/null"
		wait_for "grep -q 'Not backgrounding' '$T/dropbear.log'" 10
		MATRIX_KNOWN=$T/known.dropbear
		printf '[127.77.0.1]:%s %s\n' "$PORT" \
			"$(grep '^ssh-' "$T/dropbear.out" | cut -d' ' -f1,2)" \
			>"$MATRIX_KNOWN"
		matrix_usual
		case $type in
		ed25519)
			matrix_row "Dropbear" done done "done ssh"
			;;
		rsa)
			matrix_row "Dropbear, RSA host key only" \
				"unreachable host_key" done "done openssh"
			;;
		esac
		kill $pid
		pid_gone $pid 10
	done
else
	skip 6 "no dropbear, or not root: it wants a user with a home"
fi
done_testing
