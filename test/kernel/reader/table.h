/* SPDX-License-Identifier: MIT */
/* Services with their destinations, as a dump of IPVS gives them. */
#ifndef TABLE_H
#define TABLE_H

#include <stddef.h>
#include <stdint.h>
#include <linux/netlink.h>

/* What no released <linux/ip_vs.h> has. */
#define CMD_GET_SERVICE_DEST 18
#define SVC_ATTR_DESTS 13
#define DESTS_ATTR_DEST 1

struct destination {
	uint16_t family, port;		/* port in host byte order, everywhere */
	uint8_t address[16];
	uint32_t forwarding;
	int32_t weight;
	uint8_t tunnel_type;
	uint16_t tunnel_port, tunnel_flags;
};

struct service {
	uint16_t family, protocol, port;
	uint8_t address[16];
	uint32_t mark, flags, timeout, netmask;
	char scheduler[16], engine[17];
	struct destination *destinations;
	size_t count;
};

struct table {
	struct service *services;
	size_t count;
};

/* Reads the attributes of a service nest, with the destinations in it; 0, or -1 if it is not such a nest. */
int read_service(struct table *table, const struct nlattr *nest);
/* Adds the destination of a nest to a service; 0, or -1 if it is not such a nest. */
int read_destination(struct service *service, const struct nlattr *nest);
void clear_table(struct table *table);
/* Prints what `ipvsadm -Sn` prints. */
void print_rules(struct table *table);

/* Loads a recording's file; 0, or -1 with a message on standard error. */
int load_recording(const char *file);
/* Reads the last single dump of the recording that was loaded; 0, or a negative error of libnl's. */
int read_recording(struct table *table);

#endif
