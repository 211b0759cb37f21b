/*
 * openssh_conf.h - what ssh(1) is told: a short directory of this pusher
 * (0700) with the configuration and one control socket per host, and the
 * command line.
 *
 * Our configuration stands before the person's (settings "config"), which it
 * includes: with ssh the first word on an option counts, and the ssh that a
 * ProxyJump starts reads the same file. Masters end by themselves soon after
 * their last session, also when this pusher is killed; what a killed one left
 * is removed by the next.
 */
#ifndef SLUICE_OPENSSH_CONF_H
#define SLUICE_OPENSSH_CONF_H

#include <uthash.h>

#include "transports/hostkey.h"
#include "transports/transport.h"

/* The connection to one host that its services share. */
struct openssh_master {
	char *key, *path; /* path: of the control socket */
	char fingerprint[HOSTKEY_FINGERPRINT_SIZE]; /* as last seen, or "" */
	UT_hash_handle hh;
};

/* The master of a host; makes directory and configuration where they are
 * missing. NULL where that fails or host cannot be named. Borrowed. */
struct openssh_master *openssh_master_get(
	struct pusher *p, const struct host *host, struct error *e);

/* Arguments of ssh, NULL-terminated: with mode "-G" it prints what it would
 * do, with "-T" it runs the host program. Owned, see openssh_free. */
char **openssh_args(struct pusher *p, const struct host *host,
	const struct openssh_master *master, const char *mode);

/* The same to learn the host's key: nothing is logged into, the key goes to a
 * file of known_hosts lines, see openssh_key_file. */
char **openssh_key_args(struct pusher *p, const struct host *host,
	const struct openssh_master *master);

/* Where it goes (owned). */
char *openssh_key_file(const struct openssh_master *master);

/* The environment of ssh; the same. */
char **openssh_environment(const struct pusher *p);
void openssh_free(char **list);

/* The settings have changed. */
void openssh_refresh(struct pusher *p);

/* Removes the directory. */
void openssh_finish(struct pusher *p);

#endif
