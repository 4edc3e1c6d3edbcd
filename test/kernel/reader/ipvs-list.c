/* SPDX-License-Identifier: MIT */
/*
 * Lists IPVS' table as `ipvsadm -Sn` does, by the single dump (GET_SERVICE_DEST) with libnl: as ipvsadm would if it
 * used that command. It repeats interrupted dumps (NLM_F_DUMP_INTR). For tests it also reads service by service,
 * stops in the middle of dumps, measures, and reads a recording.
 */
#include <errno.h>
#include <getopt.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <linux/ip_vs.h>
#include "table.h"

#define RECEIVE_BUFFER (1 << 20)
#define MAX_DATAGRAM (64 << 10)

static struct nl_sock *sock;
static int family;
static uint16_t nested = NLA_F_NESTED;
static const char *key;			/* -t ADDRESS:PORT or -f MARK, or none */

/* Where the replies to a request go. */
struct reply_target {
	struct table *table;
	struct service *service;	/* the one whose destinations IPVS_CMD_GET_DEST returns */
};

static int receive(struct nl_msg *message, void *argument)
{
	struct reply_target *target = argument;
	struct nlattr *a[IPVS_CMD_ATTR_MAX + 1];
	int bad;

	if (genlmsg_parse(nlmsg_hdr(message), 0, a, IPVS_CMD_ATTR_MAX, NULL) < 0)
		return -NLE_INVAL;
	bad = a[IPVS_CMD_ATTR_SERVICE] && read_service(target->table, a[IPVS_CMD_ATTR_SERVICE]);
	if (a[IPVS_CMD_ATTR_DEST])
		bad |= !target->service || read_destination(target->service, a[IPVS_CMD_ATTR_DEST]);
	return bad ? -NLE_INVAL : NL_OK;
}

static void put_key(struct nl_msg *message, const struct service *s)
{
	struct nlattr *nest = nla_nest_start(message, IPVS_CMD_ATTR_SERVICE | nested);

	nla_put_u16(message, IPVS_SVC_ATTR_AF, s->family);
	if (s->mark) {
		nla_put_u32(message, IPVS_SVC_ATTR_FWMARK, s->mark);
	} else {
		nla_put_u16(message, IPVS_SVC_ATTR_PROTOCOL, s->protocol);
		nla_put(message, IPVS_SVC_ATTR_ADDR, 16, s->address);
		nla_put_u16(message, IPVS_SVC_ATTR_PORT, htons(s->port));
	}
	nla_nest_end(message, nest);
	/* libnl may set the flag by itself: the type is as requested. */
	nest->nla_type = IPVS_CMD_ATTR_SERVICE | nested;
}

static int request(int command, const struct service *s)
{
	struct nl_msg *message = nlmsg_alloc();
	int result;

	genlmsg_put(message, NL_AUTO_PORT, NL_AUTO_SEQ, family, 0, NLM_F_DUMP, command, IPVS_GENL_VERSION);
	if (s)
		put_key(message, s);
	result = nl_send_auto(sock, message);
	nlmsg_free(message);
	return result < 0 ? result : 0;
}

/* One dump; 0, or libnl's negative error: -NLE_DUMP_INTR where the table changed meanwhile. */
static int dump(int command, const struct service *s, struct reply_target *target)
{
	int result = request(command, s);

	if (result < 0)
		return result;
	nl_socket_modify_cb(sock, NL_CB_VALID, NL_CB_CUSTOM, receive, target);
	return nl_recvmsgs_default(sock);
}

static int key_of(const char *text, struct service *s)
{
	char address[64];
	unsigned int port;

	memset(s, 0, sizeof(*s));
	s->family = AF_INET;
	if (sscanf(text, "%63[0-9.]:%u", address, &port) == 2) {
		s->protocol = IPPROTO_TCP;
		s->port = port;
		return inet_pton(AF_INET, address, s->address) == 1 ? 0 : -1;
	}
	return (s->mark = strtoul(text, NULL, 10)) ? 0 : -1;
}

static int single(struct table *table)
{
	struct reply_target target = { .table = table };
	struct service one;

	if (key && key_of(key, &one) < 0)
		return -NLE_INVAL;
	return dump(CMD_GET_SERVICE_DEST, key ? &one : NULL, &target);
}

static int per_service(struct table *table)
{
	struct reply_target target = { .table = table };
	int result = dump(IPVS_CMD_GET_SERVICE, NULL, &target);

	for (size_t at = 0; !result && at < table->count; at++) {
		target.service = &table->services[at];
		result = dump(IPVS_CMD_GET_DEST, target.service, &target);
	}
	return result;
}

static void open_socket(void)
{
	int result;

	sock = nl_socket_alloc();
	result = genl_connect(sock);
	if (!result) {
		nl_socket_set_buffer_size(sock, RECEIVE_BUFFER, 0);
		nl_socket_set_msg_buf_size(sock, MAX_DATAGRAM);
		family = genl_ctrl_resolve(sock, IPVS_GENL_NAME);
		result = family < 0 ? family : 0;
	}
	if (result) {
		fprintf(stderr, "ipvs-list: %s\n", nl_geterror(result));
		exit(1);
	}
}

/* Reads a single dump and looks at nothing but the headers of its messages. */
static int discard(struct table *table)
{
	static char datagram[MAX_DATAGRAM];
	int result = request(CMD_GET_SERVICE_DEST, NULL);

	(void)table;
	while (!result) {
		int left = recv(nl_socket_get_fd(sock), datagram, sizeof(datagram), 0);
		struct nlmsghdr *header = (struct nlmsghdr *)datagram;

		if (left <= 0)
			return -NLE_FAILURE;
		for (; nlmsg_ok(header, left); header = nlmsg_next(header, &left)) {
			if (header->nlmsg_type == NLMSG_ERROR)
				return -NLE_FAILURE;
			if (header->nlmsg_type == NLMSG_DONE)
				return 0;
		}
	}
	return result;
}

static double processor_milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

static int compare_numbers(const void *one, const void *other)
{
	double difference = *(const double *)one - *(const double *)other;

	return difference < 0 ? -1 : difference > 0;
}

/* Prints the minimum and the median processor time of `rounds` reads, in milliseconds, as a member of a JSON object. */
static void measure(const char *name, int (*read)(struct table *), int rounds, struct table *table)
{
	double *took = calloc(rounds, sizeof(*took));

	for (int round = 0; round < rounds; round++) {
		double start = processor_milliseconds();
		int result;

		clear_table(table);
		result = read(table);
		took[round] = processor_milliseconds() - start;
		if (result) {
			fprintf(stderr, "ipvs-list: %s\n", nl_geterror(result));
			exit(1);
		}
	}
	qsort(took, rounds, sizeof(*took), compare_numbers);
	printf("\"%s\":{\"least\":%.4f,\"median\":%.4f},", name, took[0], took[rounds / 2]);
	free(took);
}

static void print_measurements(int rounds, int by_service, int recorded)
{
	struct table table = { NULL, 0 };
	size_t destinations = 0;

	putchar('{');
	if (by_service)
		measure("perService", per_service, rounds, &table);
	if (!recorded) {
		measure("discarded", discard, rounds, &table);
		/* libnl expects the replies that it has not seen. */
		nl_socket_free(sock);
		open_socket();
	}
	measure(recorded ? "recording" : "single", recorded ? read_recording : single, rounds, &table);
	for (size_t at = 0; at < table.count; at++)
		destinations += table.services[at].count;
	printf("\"services\":%zu,\"destinations\":%zu}\n", table.count, destinations);
	clear_table(&table);
}

/* Begins this many dumps and reads one datagram of each. They stay open until standard input ends, or are abandoned. */
static void begin_dumps(int count, int abandon)
{
	static char datagram[MAX_DATAGRAM];

	for (int at = 0; at < count; at++) {
		if (at)
			open_socket();
		if (request(CMD_GET_SERVICE_DEST, NULL) < 0 || read(nl_socket_get_fd(sock), datagram, sizeof(datagram)) <= 0)
			exit(1);
		if (abandon)
			nl_socket_free(sock);
	}
	if (abandon)
		return;
	puts("ready");
	fflush(stdout);
	while (read(0, datagram, sizeof(datagram)) > 0)
		;
}

/* Reads repeatedly for some seconds, and prints how many dumps were interrupted and how many failed. */
static int repeat(int seconds)
{
	time_t end = time(NULL) + seconds;
	unsigned long dumps = 0, interrupted = 0, failed = 0;
	struct table table = { NULL, 0 };

	while (time(NULL) < end) {
		int result = single(&table);

		dumps++;
		if (result == -NLE_DUMP_INTR)
			interrupted++;
		else if (result)
			failed++;
		clear_table(&table);
		if (result && result != -NLE_DUMP_INTR) {
			nl_socket_free(sock);
			open_socket();
		}
	}
	printf("%lu dumps, %lu interrupted, %lu failed\n", dumps, interrupted, failed);
	return failed != 0;
}

static int list(int attempts, int by_service)
{
	struct table table = { NULL, 0 };
	int interrupted = -1, result;

	do {
		clear_table(&table);
		result = by_service ? per_service(&table) : single(&table);
		interrupted++;
	} while (result == -NLE_DUMP_INTR && --attempts > 0);
	if (result) {
		fprintf(stderr, "ipvs-list: %s\n", nl_geterror(result));
		return 1;
	}
	if (interrupted)
		fprintf(stderr, "%d dumps were interrupted\n", interrupted);
	print_rules(&table);
	clear_table(&table);
	return 0;
}

static const struct option options[] = {
	{ "noflag", no_argument, NULL, 'p' },	{ "key", required_argument, NULL, 'k' },
	{ "attempts", required_argument, NULL, 'a' }, { "per-service", no_argument, NULL, 's' },
	{ "time", required_argument, NULL, 't' }, { "hold", required_argument, NULL, 'h' },
	{ "abandon", required_argument, NULL, 'b' }, { "seconds", required_argument, NULL, 'r' },
	{ "recording", required_argument, NULL, 'f' }, { "wait", no_argument, NULL, 'w' },
	{ NULL, 0, NULL, 0 },
};

int main(int count, char **words)
{
	int attempts = 10, by_service = 0, rounds = 0, hold = 0, abandon = 0, seconds = 0;
	int wait = 0, option;
	const char *recording = NULL;
	struct table table = { NULL, 0 };

	while ((option = getopt_long(count, words, "", options, NULL)) != -1) {
		switch (option) {
		case 'p': nested = 0; break;
		case 'k': key = optarg; break;
		case 'a': attempts = atoi(optarg); break;
		case 's': by_service = 1; break;
		case 't': rounds = atoi(optarg); break;
		case 'h': hold = atoi(optarg); break;
		case 'b': abandon = atoi(optarg); break;
		case 'r': seconds = atoi(optarg); break;
		case 'f': recording = optarg; break;
		case 'w': wait = 1; break;
		default: return 2;
		}
	}
	if (recording) {
		if (load_recording(recording) < 0)
			return 1;
		if (rounds) {
			print_measurements(rounds, 0, 1);
			return 0;
		}
		if (read_recording(&table) < 0) {
			fprintf(stderr, "ipvs-list: %s is truncated or malformed\n", recording);
			return 1;
		}
		print_rules(&table);
		return 0;
	}
	open_socket();
	if (wait) {
		fputs("ready\n", stderr);
		getchar();
	}
	if (rounds) {
		print_measurements(rounds, by_service, 0);
		return 0;
	}
	if (hold || abandon) {
		begin_dumps(hold ? hold : abandon, !hold);
		return 0;
	}
	return seconds ? repeat(seconds) : list(attempts, by_service);
}
