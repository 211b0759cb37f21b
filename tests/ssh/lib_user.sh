# lib_user.sh - a user of this machine for one test, with a home that others
# can reach; only where the tests run as root, and gone with the test.
#
#	user_create && ...              # USER_NAME, USER_HOME
#
# The key of sshd.sh may log in.
user_create()
{
	is_root && command -v useradd >/dev/null || return 1
	USER_NAME=sluicet$$
	USER_HOME=$(mktemp -d /tmp/sluice-user.XXXXXX) || return 1
	at_exit "rm -rf '$USER_HOME'"
	useradd -M -d "$USER_HOME" -p '*' -s /bin/sh "$USER_NAME" || return 1
	at_exit "userdel '$USER_NAME' >/dev/null 2>&1"
	mkdir -m 700 "$USER_HOME/.ssh"
	cp "$SSHD_KEY.pub" "$USER_HOME/.ssh/authorized_keys"
	chown -R "$USER_NAME" "$USER_HOME"
	chmod 755 "$USER_HOME"
	chmod 600 "$USER_HOME/.ssh/authorized_keys"
}
