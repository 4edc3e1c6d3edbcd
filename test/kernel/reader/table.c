/* SPDX-License-Identifier: MIT */
/* Reads services and destinations from attributes, and prints them as `ipvsadm -Sn` does. */
#include <arpa/inet.h>
#include <netlink/attr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/ip_vs.h>
#include "table.h"

static void copy_address(uint8_t to[16], struct nlattr *attribute)
{
	memset(to, 0, 16);
	nla_memcpy(to, attribute, 16);
}

/* Makes room for one more element: doubles the array whenever the count is a power of two. */
static void *grown(void *elements, size_t count, size_t size)
{
	if (count & (count - 1))
		return elements;
	elements = realloc(elements, (count ? 2 * count : 1) * size);
	if (!elements)
		abort();
	return elements;
}

int read_destination(struct service *service, const struct nlattr *nest)
{
	struct nlattr *a[IPVS_DEST_ATTR_MAX + 1];
	struct destination *d;

	if (nla_parse_nested(a, IPVS_DEST_ATTR_MAX, (struct nlattr *)nest, NULL) < 0 ||
	    !a[IPVS_DEST_ATTR_ADDR] || !a[IPVS_DEST_ATTR_PORT])
		return -1;
	service->destinations = grown(service->destinations, service->count, sizeof(*d));
	d = &service->destinations[service->count++];
	memset(d, 0, sizeof(*d));
	d->family = a[IPVS_DEST_ATTR_ADDR_FAMILY] ? nla_get_u16(a[IPVS_DEST_ATTR_ADDR_FAMILY])
						   : service->family;
	copy_address(d->address, a[IPVS_DEST_ATTR_ADDR]);
	d->port = ntohs(nla_get_u16(a[IPVS_DEST_ATTR_PORT]));
	if (a[IPVS_DEST_ATTR_FWD_METHOD])
		d->forwarding = nla_get_u32(a[IPVS_DEST_ATTR_FWD_METHOD]);
	if (a[IPVS_DEST_ATTR_WEIGHT])
		d->weight = (int32_t)nla_get_u32(a[IPVS_DEST_ATTR_WEIGHT]);
	if (a[IPVS_DEST_ATTR_TUN_TYPE])
		d->tunnel_type = nla_get_u8(a[IPVS_DEST_ATTR_TUN_TYPE]);
	if (a[IPVS_DEST_ATTR_TUN_PORT])
		d->tunnel_port = ntohs(nla_get_u16(a[IPVS_DEST_ATTR_TUN_PORT]));
	if (a[IPVS_DEST_ATTR_TUN_FLAGS])
		d->tunnel_flags = nla_get_u16(a[IPVS_DEST_ATTR_TUN_FLAGS]);
	return 0;
}

static int same_key(const struct service *one, const struct service *other)
{
	return one->family == other->family && one->mark == other->mark &&
	       one->protocol == other->protocol && one->port == other->port &&
	       !memcmp(one->address, other->address, 16);
}

int read_service(struct table *table, const struct nlattr *nest)
{
	struct nlattr *a[SVC_ATTR_DESTS + 1], *entry;
	struct service read = { .count = 0 }, *service;
	struct ip_vs_flags flags;
	int left;

	if (nla_parse_nested(a, SVC_ATTR_DESTS, (struct nlattr *)nest, NULL) < 0 ||
	    !a[IPVS_SVC_ATTR_AF])
		return -1;
	read.family = nla_get_u16(a[IPVS_SVC_ATTR_AF]);
	if (a[IPVS_SVC_ATTR_FWMARK])
		read.mark = nla_get_u32(a[IPVS_SVC_ATTR_FWMARK]);
	if (a[IPVS_SVC_ATTR_PROTOCOL])
		read.protocol = nla_get_u16(a[IPVS_SVC_ATTR_PROTOCOL]);
	if (a[IPVS_SVC_ATTR_ADDR])
		copy_address(read.address, a[IPVS_SVC_ATTR_ADDR]);
	if (a[IPVS_SVC_ATTR_PORT])
		read.port = ntohs(nla_get_u16(a[IPVS_SVC_ATTR_PORT]));
	if (a[IPVS_SVC_ATTR_FLAGS] && nla_memcpy(&flags, a[IPVS_SVC_ATTR_FLAGS], sizeof(flags)) > 0)
		read.flags = flags.flags;
	if (a[IPVS_SVC_ATTR_TIMEOUT])
		read.timeout = nla_get_u32(a[IPVS_SVC_ATTR_TIMEOUT]);
	if (a[IPVS_SVC_ATTR_NETMASK])
		read.netmask = nla_get_u32(a[IPVS_SVC_ATTR_NETMASK]);
	if (a[IPVS_SVC_ATTR_SCHED_NAME])
		nla_strlcpy(read.scheduler, a[IPVS_SVC_ATTR_SCHED_NAME], sizeof(read.scheduler));
	if (a[IPVS_SVC_ATTR_PE_NAME])
		nla_strlcpy(read.engine, a[IPVS_SVC_ATTR_PE_NAME], sizeof(read.engine));

	/* A service that does not fit one message comes again in the next, with the rest of its destinations. */
	service = table->count ? &table->services[table->count - 1] : NULL;
	if (!service || !same_key(service, &read)) {
		table->services = grown(table->services, table->count, sizeof(read));
		service = &table->services[table->count++];
		*service = read;
	}
	if (a[SVC_ATTR_DESTS])
		nla_for_each_nested(entry, a[SVC_ATTR_DESTS], left)
			if (nla_type(entry) == DESTS_ATTR_DEST && read_destination(service, entry) < 0)
				return -1;
	return 0;
}

void clear_table(struct table *table)
{
	for (size_t at = 0; at < table->count; at++)
		free(table->services[at].destinations);
	free(table->services);
	*table = (struct table){ NULL, 0 };
}

/* The order of ipvsadm 1.31, which subtracts 32-bit words and takes the difference as signed. */
static int compare_addresses(uint16_t family, const uint8_t one[16], const uint8_t other[16])
{
	for (int word = 0; word < (family == AF_INET6 ? 4 : 1); word++) {
		uint32_t a, b;

		memcpy(&a, one + 4 * word, 4);
		memcpy(&b, other + 4 * word, 4);
		if (a != b)
			return (int)(ntohl(a) - ntohl(b));
	}
	return 0;
}

static int compare_services(const void *first, const void *second)
{
	const struct service *one = first, *other = second;
	int difference = (int)(one->mark - other->mark);

	if (!difference)
		difference = one->family - other->family;
	if (!difference)
		difference = one->protocol - other->protocol;
	if (!difference)
		difference = compare_addresses(one->family, one->address, other->address);
	return difference ? difference : one->port - other->port;
}

static int compare_destinations(const void *first, const void *second)
{
	const struct destination *one = first, *other = second;
	int difference = compare_addresses(one->family, one->address, other->address);

	return difference ? difference : one->port - other->port;
}

static void print_endpoint(uint16_t family, const uint8_t address[16], uint16_t port)
{
	char text[INET6_ADDRSTRLEN];

	inet_ntop(family, address, text, sizeof(text));
	printf(family == AF_INET6 ? "[%s]:%u" : "%s:%u", text, port);
}

static void print_key(const struct service *s)
{
	if (s->mark) {
		printf("-f %d%s", (int)s->mark, s->family == AF_INET6 ? " -6" : "");
		return;
	}
	fputs(s->protocol == IPPROTO_TCP ? "-t " : s->protocol == IPPROTO_UDP ? "-u " : "--sctp-service ",
	      stdout);
	print_endpoint(s->family, s->address, s->port);
}

static void print_scheduler_flags(const struct service *s)
{
	static const char *const own[2][3] = { { "sh-fallback", "sh-port", NULL },
					       { "mh-fallback", "mh-port", NULL } };
	static const char *const any[3] = { "flag-1", "flag-2", "flag-3" };
	const char *const *names = !strcmp(s->scheduler, "sh") ? own[0]
				   : !strcmp(s->scheduler, "mh") ? own[1] : any;
	const char *separator = " -b ";

	for (int flag = 0; flag < 3; flag++) {
		if (!(s->flags & (IP_VS_SVC_F_SCHED1 << flag)) || !names[flag])
			continue;
		printf("%s%s", separator, names[flag]);
		separator = ",";
	}
}

static void print_settings(const struct service *s)
{
	char text[INET_ADDRSTRLEN];

	printf(" -s %s", s->scheduler);
	if (s->flags & IP_VS_SVC_F_PERSISTENT) {
		printf(" -p %u", s->timeout);
		if (s->family == AF_INET6 && s->netmask != 128)
			printf(" -M %u", s->netmask);
		else if (s->family == AF_INET && s->netmask != 0xffffffff)
			printf(" -M %s", inet_ntop(AF_INET, &s->netmask, text, sizeof(text)));
	}
	if (*s->engine)
		printf(" --pe %s", s->engine);
	if (s->flags & IP_VS_SVC_F_ONEPACKET)
		fputs(" -o", stdout);
	print_scheduler_flags(s);
	putchar('\n');
}

static void print_destination(const struct service *s, const struct destination *d)
{
	static const char *const checksums[] = { "nocsum", "csum", "remcsum" };
	uint32_t method = d->forwarding & IP_VS_CONN_F_FWD_MASK;
	const char *checksum = checksums[d->tunnel_flags <= 2 ? d->tunnel_flags : 0];

	fputs("-a ", stdout);
	print_key(s);
	fputs(" -r ", stdout);
	print_endpoint(d->family, d->address, d->port);
	printf(" %s -w %d", method == IP_VS_CONN_F_MASQ ? "-m" : method == IP_VS_CONN_F_TUNNEL ? "-i" : "-g",
	       d->weight);
	if (method == IP_VS_CONN_F_TUNNEL) {
		if (d->tunnel_type == 0)
			fputs(" --tun-type ipip", stdout);
		else if (d->tunnel_type == 1)
			printf(" --tun-type gue --tun-port %u --tun-%s", d->tunnel_port, checksum);
		else
			printf(" --tun-type gre --tun-%s", checksum);
	}
	putchar('\n');
}

void print_rules(struct table *table)
{
	qsort(table->services, table->count, sizeof(*table->services), compare_services);
	for (size_t at = 0; at < table->count; at++) {
		struct service *s = &table->services[at];

		fputs("-A ", stdout);
		print_key(s);
		print_settings(s);
		qsort(s->destinations, s->count, sizeof(*s->destinations), compare_destinations);
		for (size_t each = 0; each < s->count; each++)
			print_destination(s, &s->destinations[each]);
	}
}
