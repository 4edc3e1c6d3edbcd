// SPDX-License-Identifier: GPL-2.0-only
/* Goes behind the family's operations. */

static const struct genl_ops ip_vs_genl_dump_ops[] = {
	{
		.cmd	= IPVS_CMD_GET_SERVICE_DEST,
		.flags	= GENL_ADMIN_PERM,
		.policy	= ip_vs_svc_dest_policy,
		.maxattr = ARRAY_SIZE(ip_vs_svc_dest_policy) - 1,
		.dumpit	= ip_vs_genl_dump_services_dests,
	},
};
