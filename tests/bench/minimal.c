/*
 * minimal.c - the floor: the least program that does the work of a fan-out.
 *
 *	minimal AT-ONCE PORT USER KEY COMMAND [FILE] <ADDRESSES
 *
 * So many threads, each with a blocking libssh2 session after the other, run
 * the command on an address a line and send it FILE as its standard input. No
 * host key is checked, nothing is verified, recorded or tried again.
 */
#include <fcntl.h>
#include <libssh2.h>
#include <netinet/in.h>
#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static char **args;
static const char *data;
static size_t data_len;
static int failed;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int
dial(const char *address)
{
	struct sockaddr_in to = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	to.sin_port = htons((unsigned short)atoi(args[2]));
	inet_pton(AF_INET, address, &to.sin_addr);
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return fd;
	close(fd);
	return -1;
}

static int
send_all(LIBSSH2_CHANNEL *channel)
{
	size_t sent = 0;

	while (sent < data_len) {
		ssize_t n = libssh2_channel_write(
			channel, data + sent, data_len - sent);

		if (n < 0)
			return -1;
		sent += (size_t)n;
	}
	return libssh2_channel_send_eof(channel);
}

static int
run(LIBSSH2_SESSION *session)
{
	LIBSSH2_CHANNEL *channel = libssh2_channel_open_session(session);
	char buf[4096];
	int status = -1;

	if (channel == NULL)
		return -1;
	if (libssh2_channel_exec(channel, args[5]) == 0 &&
		(data == NULL || send_all(channel) == 0)) {
		while (libssh2_channel_read(channel, buf, sizeof(buf)) > 0)
			;
		libssh2_channel_close(channel);
		status = libssh2_channel_get_exit_status(channel);
	}
	libssh2_channel_free(channel);
	return status;
}

static int
serve(const char *address)
{
	LIBSSH2_SESSION *session = libssh2_session_init();
	int fd = dial(address), status = -1;

	libssh2_session_method_pref(session, LIBSSH2_METHOD_KEX,
		"curve25519-sha256,curve25519-sha256@libssh.org");
	libssh2_session_method_pref(
		session, LIBSSH2_METHOD_CRYPT_CS, "aes128-ctr,aes256-ctr");
	libssh2_session_method_pref(
		session, LIBSSH2_METHOD_CRYPT_SC, "aes128-ctr,aes256-ctr");
	if (fd >= 0 && libssh2_session_handshake(session, fd) == 0 &&
		libssh2_userauth_publickey_fromfile(
			session, args[3], NULL, args[4], NULL) == 0)
		status = run(session);
	libssh2_session_disconnect(session, "");
	libssh2_session_free(session);
	close(fd);
	return status;
}

static void *
work(void *arg)
{
	char line[256];

	(void)arg;
	while (1) {
		char *got;

		pthread_mutex_lock(&lock);
		got = fgets(line, sizeof(line), stdin);
		pthread_mutex_unlock(&lock);
		if (got == NULL)
			return NULL;
		line[strcspn(line, "\n")] = '\0';
		if (serve(line) == 0)
			continue;
		pthread_mutex_lock(&lock);
		fprintf(stderr, "%s failed\n", line);
		failed = 1;
		pthread_mutex_unlock(&lock);
	}
}

static void
map_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0) {
		perror(path);
		exit(1);
	}
	data_len = (size_t)st.st_size;
	data = mmap(NULL, data_len, PROT_READ, MAP_SHARED, fd, 0);
}

int
main(int argc, char **argv)
{
	pthread_t threads[256];
	int i, count = argc > 5 ? atoi(argv[1]) : 0;

	if (count < 1 || count > 256) {
		fprintf(stderr, "usage: minimal AT-ONCE PORT USER KEY COMMAND "
				"[FILE] <ADDRESSES\n");
		return 2;
	}
	args = argv;
	if (argc > 6)
		map_file(argv[6]);
	libssh2_init(0);
	for (i = 0; i < count; i++)
		pthread_create(&threads[i], NULL, work, NULL);
	for (i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	return failed;
}
