// SPDX-License-Identifier: GPL-2.0-only
/* Goes behind the function that puts a service's attributes. */

static int ip_vs_genl_fill_service(struct sk_buff *skb,
				   struct ip_vs_service *svc)
{
	struct nlattr *nl_service;

	nl_service = nla_nest_start_noflag(skb, IPVS_CMD_ATTR_SERVICE);
	if (!nl_service)
		return -EMSGSIZE;

	if (ip_vs_genl_put_service(skb, svc)) {
		nla_nest_cancel(skb, nl_service);
		return -EMSGSIZE;
	}

	nla_nest_end(skb, nl_service);

	return 0;
}
