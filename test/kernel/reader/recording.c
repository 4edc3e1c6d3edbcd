/* SPDX-License-Identifier: MIT */
/* Reads the single dumps of a recording of netlink traffic: a pcap file of link type 253. */
#include <netlink/genl/genl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/ip_vs.h>
#include "table.h"

#define PCAP_MAGIC 0xa1b2c3d4
#define PCAP_HEADER 24
#define LINKTYPE_NETLINK 253
#define PSEUDO_HEADER 16

/* The dump that is being read: replies have the sequence number and the message type of its request. */
static uint32_t sequence;
static uint16_t type;

/* Handles one message: a request for the single dump, or a reply to the last one; others are ignored. */
static int handle_message(struct nlmsghdr *header, struct table *table)
{
	struct nlattr *a[IPVS_CMD_ATTR_MAX + 1];
	struct genlmsghdr *generic = nlmsg_data(header);

	if (header->nlmsg_type < NLMSG_MIN_TYPE || !genlmsg_valid_hdr(header, 0))
		return 0;
	if ((header->nlmsg_flags & NLM_F_REQUEST) && generic->cmd == CMD_GET_SERVICE_DEST) {
		sequence = header->nlmsg_seq;
		type = header->nlmsg_type;
		clear_table(table);
		return 0;
	}
	if (!type || header->nlmsg_type != type || header->nlmsg_seq != sequence ||
	    generic->cmd != IPVS_CMD_NEW_SERVICE)
		return 0;
	if (genlmsg_parse(header, 0, a, IPVS_CMD_ATTR_MAX, NULL) < 0 || !a[IPVS_CMD_ATTR_SERVICE])
		return -1;
	return read_service(table, a[IPVS_CMD_ATTR_SERVICE]);
}

static char *recording;
static size_t recording_length;

int load_recording(const char *file)
{
	FILE *stream = fopen(file, "rb");
	uint32_t *start;

	if (stream && !fseek(stream, 0, SEEK_END)) {
		recording_length = ftell(stream);
		rewind(stream);
		recording = malloc(recording_length + 1);
		if (!recording || fread(recording, 1, recording_length, stream) != recording_length)
			recording_length = 0;
	}
	if (stream)
		fclose(stream);
	start = (uint32_t *)recording;
	if (recording_length < PCAP_HEADER || start[0] != PCAP_MAGIC || start[5] != LINKTYPE_NETLINK) {
		fprintf(stderr, "ipvs-list: %s is not a recording of netlink traffic in this machine's byte order\n", file);
		return -1;
	}
	return 0;
}

int read_recording(struct table *table)
{
	size_t at = PCAP_HEADER;

	type = 0;
	while (at < recording_length) {
		uint32_t packet[4];
		struct nlmsghdr *header;
		int left;

		if (recording_length - at < sizeof(packet))
			return -1;
		memcpy(packet, recording + at, sizeof(packet));
		at += sizeof(packet);
		if (packet[2] < PSEUDO_HEADER || packet[2] > recording_length - at)
			return -1;
		left = (int)packet[2] - PSEUDO_HEADER;
		header = (struct nlmsghdr *)(recording + at + PSEUDO_HEADER);
		for (; nlmsg_ok(header, left); header = nlmsg_next(header, &left))
			if (handle_message(header, table) < 0)
				return -1;
		at += packet[2];
	}
	return 0;
}
