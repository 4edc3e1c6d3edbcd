/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/* Goes behind the attributes of a destination. */

/*
 * Attributes used in a list of destinations
 *
 * Used inside nested attribute IPVS_SVC_ATTR_DESTS
 */
enum {
	IPVS_DESTS_ATTR_UNSPEC = 0,
	IPVS_DESTS_ATTR_DEST,		/* nested destination, any number */
	__IPVS_DESTS_ATTR_MAX,
};

#define IPVS_DESTS_ATTR_MAX (__IPVS_DESTS_ATTR_MAX - 1)
