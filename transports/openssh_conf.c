/* openssh_conf.c - what ssh(1) is told. */
#include "transports/openssh_conf.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "transports/host_program.h"
#include "transports/pusher.h"

/* A socket's path has room for 107 bytes; the names below take 85 of them
 * while ssh makes one (%C and a suffix of its own). */
#define BASE_MOST_BYTES 22
#define ARGS_MOST 32
#define NAME_START "sluice-push-"
#define COMMAND "exec /bin/sh"

struct openssh {
	char *dir, *config; /* owned */
	bool is_written;
	unsigned last; /* number of a control socket */
	struct openssh_master *masters;
};

/* What nobody may set otherwise. */
static const char fixed_options[] =
	"BatchMode yes\n"
	"StrictHostKeyChecking yes\n"
	"GlobalKnownHostsFile /dev/null\n"
	"UpdateHostKeys no\n"
	"VerifyHostKeyDNS no\n"
	"CheckHostIP no\n"
	"NoHostAuthenticationForLocalhost no\n"
	"IgnoreUnknown KnownHostsCommand\n"
	"KnownHostsCommand none\n"
	"ForwardAgent no\n"
	"ForwardX11 no\n"
	"ClearAllForwardings yes\n"
	"Tunnel no\n"
	"PermitLocalCommand no\n"
	"RemoteCommand none\n"
	"RequestTTY no\n"
	"EscapeChar none\n"
	"AddKeysToAgent no\n"
	"PreferredAuthentications publickey\n"
	"PasswordAuthentication no\n"
	"KbdInteractiveAuthentication no\n"
	"ConnectionAttempts 1\n"
	"ServerAliveInterval 15\n"
	"ServerAliveCountMax 3\n"
	"TCPKeepAlive yes\n"
	"ControlMaster auto\n"
	"ControlPersist 5\n"
	"LogLevel DEBUG1\n";

void
openssh_free(char **list)
{
	size_t i;

	for (i = 0; list != NULL && list[i] != NULL; i++)
		free(list[i]);
	free(list);
}

static void
remove_dir(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *entry;
	char *path;

	while (d != NULL && (entry = readdir(d)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 ||
			strcmp(entry->d_name, "..") == 0)
			continue;
		path = path_join(dir, entry->d_name);
		unlink(path);
		free(path);
	}
	if (d != NULL)
		closedir(d);
	rmdir(dir);
}

/* Ours, and the pusher that its name tells is gone. */
static bool
is_left(const char *path, const char *name)
{
	struct stat st;
	char *end;
	long pid = strtol(name + strlen(NAME_START), &end, 10);

	return pid > 0 && *end == '-' && lstat(path, &st) == 0 &&
		S_ISDIR(st.st_mode) && st.st_uid == geteuid() &&
		kill((pid_t)pid, 0) < 0 && errno == ESRCH;
}

static void
sweep(const char *base)
{
	DIR *d = opendir(base);
	struct dirent *entry;

	while (d != NULL && (entry = readdir(d)) != NULL) {
		char *path;

		if (strncmp(entry->d_name, NAME_START, strlen(NAME_START)) !=
			0)
			continue;
		path = path_join(base, entry->d_name);
		if (is_left(path, entry->d_name))
			remove_dir(path);
		free(path);
	}
	if (d != NULL)
		closedir(d);
}

static int
make_dir(struct openssh *o, struct error *e)
{
	const char *base = getenv("XDG_RUNTIME_DIR");

	if (base == NULL || *base != '/' || strlen(base) > BASE_MOST_BYTES ||
		access(base, W_OK | X_OK) < 0)
		base = "/tmp";
	sweep(base);
	o->dir = xasprintf("%s/" NAME_START "%ld-XXXXXX", base, (long)getpid());
	if (mkdtemp(o->dir) == NULL) {
		error_set_errno(e, errno, "cannot make '%s'", o->dir);
		free(o->dir);
		o->dir = NULL;
		return -1;
	}
	o->config = path_join(o->dir, "config");
	return 0;
}

/* One word of a configuration file. glob: it is a pattern of files. */
static int
add_path(struct strbuf *out, const char *path, bool glob, struct error *e)
{
	char *full = path_expand_home(path);
	const char *at;
	int result = 0;

	if (strpbrk(full, "\"\\\n") != NULL)
		result = error_set(e, ERROR_CONFIG,
			"ssh cannot be told of the path '%s'", full);
	strbuf_adds(out, " \"");
	for (at = full; *at != '\0'; at++) {
		if (glob && strchr("*?[", *at) != NULL)
			strbuf_addc(out, '\\');
		else if (!glob && *at == '%')
			strbuf_addc(out, '%');
		strbuf_addc(out, *at);
	}
	strbuf_addc(out, '"');
	free(full);
	return result;
}

static int
add_paths(struct strbuf *out, const char *option, char *const *paths,
	bool each, struct error *e)
{
	size_t i;

	for (i = 0; paths[i] != NULL; i++) {
		if (i == 0 || each)
			strbuf_addf(out, "%s%s", i == 0 ? "" : "\n", option);
		if (add_path(out, paths[i], false, e) < 0)
			return -1;
	}
	if (i > 0)
		strbuf_addc(out, '\n');
	return 0;
}

/* Who may write it may run commands as we do; ssh asks the same of a
 * person's own. */
static int
check_config(const char *path, struct error *e)
{
	char *full = path_expand_home(path);
	struct stat st;
	int result = 0;

	if (stat(full, &st) == 0 &&
		((st.st_mode & 022) != 0 ||
			(st.st_uid != 0 && st.st_uid != geteuid()))) {
		error_set(e, ERROR_CONFIG, "others may write '%s'", full);
		result = error_hint(e, "chmod go-w '%s'", full);
	}
	free(full);
	return result;
}

static int
add_config(struct strbuf *out, const struct openssh *o,
	const struct push_settings *s, struct error *e)
{
	strbuf_adds(out, "Host *\n");
	strbuf_adds(out, fixed_options);
	strbuf_addf(out, "ConnectTimeout %lld\n",
		(long long)((s->connect_timeout_ms + 999) / 1000));
	strbuf_addf(out, "ControlPath %s/%%C\n", o->dir);
	if (s->known_hosts[0] == NULL)
		strbuf_adds(out, "UserKnownHostsFile /dev/null\n");
	if (add_paths(out, "UserKnownHostsFile", s->known_hosts, false, e) <
			0 ||
		add_paths(out, "IdentityFile", s->keys, true, e) < 0)
		return -1;
	if (!s->use_agent)
		strbuf_adds(out, "IdentityAgent none\nIdentitiesOnly yes\n");
	if (s->config == NULL)
		return 0;
	if (check_config(s->config, e) < 0)
		return -1;
	strbuf_adds(out, "Include");
	if (add_path(out, s->config, true, e) < 0)
		return -1;
	strbuf_addc(out, '\n');
	return 0;
}

static int
write_config(struct pusher *p, struct error *e)
{
	struct openssh *o = p->openssh;
	struct strbuf text;
	int result;

	if (o->is_written)
		return 0;
	strbuf_init(&text);
	result = add_config(&text, o, &p->settings, e);
	if (result == 0)
		result = file_write_atomic(
			o->config, text.buf, text.len, 0600, e);
	strbuf_finish(&text);
	o->is_written = result == 0;
	return result;
}

/* A word that is no option and means nothing to any shell. */
static bool
is_plain(const char *word)
{
	return *word != '-' && *word != '\0' &&
		word[strcspn(word, " \t\r\n'\"`$\\;&<>|(){}*?!#~/@")] == '\0';
}

static int
check_host(const struct host *host, struct error *e)
{
	if (!is_plain(host->address))
		return error_set(e, ERROR_INVALID,
			"'%s' is not an address that ssh can be given",
			host->address);
	if (host->user != NULL && *host->user != '\0' &&
		!is_plain(host->user))
		return error_set(e, ERROR_INVALID,
			"'%s' is not a user that ssh can be given",
			host->user);
	return 0;
}

struct openssh_master *
openssh_master_get(struct pusher *p, const struct host *host, struct error *e)
{
	struct openssh_master *m;
	char *key;

	if (check_host(host, e) < 0)
		return NULL;
	if (p->openssh == NULL)
		p->openssh = xcalloc(1, sizeof(*p->openssh));
	if (p->openssh->dir == NULL && make_dir(p->openssh, e) < 0)
		return NULL;
	if (write_config(p, e) < 0)
		return NULL;
	key = xasprintf("%s\n%s\n%d\n%s", host->name, host->address,
		host->port, host->user == NULL ? "" : host->user);
	HASH_FIND_STR(p->openssh->masters, key, m);
	if (m != NULL) {
		free(key);
		return m;
	}
	m = xcalloc(1, sizeof(*m));
	m->key = key;
	m->path = xasprintf("%s/%u", p->openssh->dir, ++p->openssh->last);
	HASH_ADD_KEYPTR(hh, p->openssh->masters, m->key, strlen(m->key), m);
	return m;
}

/* A command line that grows; there is room for all that is ever added. */
struct args {
	char **list;
	size_t count;
};

static void
add_arg(struct args *a, char *arg)
{
	a->list[a->count++] = arg;
}

static void
add_option(struct args *a, const char *name, const char *value)
{
	add_arg(a, xstrdup("-o"));
	add_arg(a, xasprintf("%s=%s", name, value));
}

static void
begin_args(struct args *a, const struct pusher *p, const char *socket)
{
	a->list = xcalloc(ARGS_MOST, sizeof(*a->list));
	a->count = 0;
	add_arg(a, xstrdup("ssh"));
	add_arg(a, xstrdup("-F"));
	add_arg(a, xstrdup(p->openssh->config));
	add_arg(a, xstrdup("-S"));
	add_arg(a, xstrdup(socket));
	add_arg(a, xstrdup("-v")); /* also keeps what a ProxyJump says */
}

static char **
end_args(struct args *a, const struct host *host)
{
	if (host->port != 22) { /* a configuration may know another */
		add_arg(a, xstrdup("-p"));
		add_arg(a, xasprintf("%d", host->port));
	}
	if (host->user != NULL && *host->user != '\0') {
		add_arg(a, xstrdup("-l"));
		add_arg(a, xstrdup(host->user));
	}
	add_arg(a, xstrdup("--"));
	add_arg(a, xstrdup(host->address));
	add_arg(a, xstrdup(COMMAND));
	return a->list;
}

char **
openssh_args(struct pusher *p, const struct host *host,
	const struct openssh_master *master, const char *mode)
{
	struct args a;

	begin_args(&a, p, master->path);
	add_arg(&a, xstrdup(mode));
	return end_args(&a, host);
}

char *
openssh_key_file(const struct openssh_master *master)
{
	return xasprintf("%s.key", master->path);
}

char **
openssh_key_args(struct pusher *p, const struct host *host,
	const struct openssh_master *master)
{
	char *file = openssh_key_file(master);
	struct args a;

	begin_args(&a, p, "none");
	add_arg(&a, xstrdup("-T"));
	add_option(&a, "StrictHostKeyChecking", "accept-new");
	add_option(&a, "UserKnownHostsFile", file);
	add_option(&a, "PreferredAuthentications", "none");
	if (host->key_method != NULL)
		add_option(&a, "HostKeyAlgorithms", host->key_method);
	unlink(file);
	free(file);
	return end_args(&a, host);
}

char **
openssh_environment(const struct pusher *p)
{
	static const char *const names[] = {"PATH", "HOME", "USER", "LOGNAME",
		"SHELL", "XDG_RUNTIME_DIR", "SSH_SK_PROVIDER"};
	char **env = xcalloc(ARRAY_SIZE(names) + 3, sizeof(*env));
	const char *agent = getenv("SSH_AUTH_SOCK");
	size_t i, count = 0;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (getenv(names[i]) != NULL)
			env[count++] = xasprintf(
				"%s=%s", names[i], getenv(names[i]));
	if (p->settings.use_agent && agent != NULL)
		env[count++] = xasprintf("SSH_AUTH_SOCK=%s", agent);
	env[count++] = xstrdup("LC_ALL=C"); /* we read what it says */
	return env;
}

void
openssh_refresh(struct pusher *p)
{
	if (p->openssh != NULL)
		p->openssh->is_written = false;
}

void
openssh_finish(struct pusher *p)
{
	struct openssh *o = p->openssh;
	struct openssh_master *m, *next;

	if (o == NULL)
		return;
	p->openssh = NULL;
	HASH_ITER(hh, o->masters, m, next)
	{
		HASH_DEL(o->masters, m);
		free(m->key);
		free(m->path);
		free(m);
	}
	if (o->dir != NULL)
		remove_dir(o->dir);
	free(o->dir);
	free(o->config);
	free(o);
}
