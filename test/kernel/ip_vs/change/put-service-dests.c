// SPDX-License-Identifier: GPL-2.0-only
/* Goes behind the dump of destinations. */

/* Where the next part of a dump of services with dests starts */
struct ip_vs_svc_dest_ctx {
	unsigned int	bucket;	/* counted over all tables */
	unsigned int	svc;	/* entries of the bucket that are done */
	unsigned int	dest;	/* dests of the service that are done */
};

/* Policies used for IPVS_CMD_GET_SERVICE_DEST */
static const struct nla_policy ip_vs_svc_key_policy[IPVS_SVC_ATTR_FWMARK + 1] = {
	[IPVS_SVC_ATTR_AF]		= { .type = NLA_U16 },
	[IPVS_SVC_ATTR_PROTOCOL]	= { .type = NLA_U16 },
	[IPVS_SVC_ATTR_ADDR]		=
		NLA_POLICY_EXACT_LEN(sizeof(union nf_inet_addr)),
	[IPVS_SVC_ATTR_PORT]		= { .type = NLA_BE16 },
	[IPVS_SVC_ATTR_FWMARK]		= { .type = NLA_U32 },
};

static const struct nla_policy ip_vs_svc_dest_policy[IPVS_CMD_ATTR_SERVICE + 1] = {
	[IPVS_CMD_ATTR_SERVICE]		= NLA_POLICY_NESTED(ip_vs_svc_key_policy),
};

/* A dump shows one state of the table if svc_seq is odd when it starts and the
 * same when it ends. Where a change is under way, start from the count before
 * it: no later one equals that.
 */
static void ip_vs_genl_dump_seq_start(struct netlink_callback *cb,
				      struct netns_ipvs *ipvs)
{
	if (!cb->prev_seq)
		cb->prev_seq = (atomic_read(&ipvs->svc_seq) - 1) | 1;
	/* Read svc_seq before the table */
	smp_rmb();
}

static void ip_vs_genl_dump_seq_read(struct netlink_callback *cb,
				     struct netns_ipvs *ipvs)
{
	/* Read svc_seq after the table */
	smp_rmb();
	cb->seq = atomic_read(&ipvs->svc_seq);
}

/* Put a service with those dests that were not put yet, as far as they fit */
static int ip_vs_genl_dump_svc_dests(struct sk_buff *skb,
				     struct ip_vs_service *svc,
				     struct netlink_callback *cb)
{
	struct ip_vs_svc_dest_ctx *ctx = (void *)cb->ctx;
	struct nlattr *nl_service, *nl_dests;
	unsigned int start = ctx->dest;
	struct ip_vs_dest *dest;
	unsigned int idx = 0;
	unsigned int seq;
	int ret = 0;
	void *hdr;

	hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			  &ip_vs_genl_family, NLM_F_MULTI,
			  IPVS_CMD_NEW_SERVICE);
	if (!hdr)
		return -EMSGSIZE;

	nl_service = nla_nest_start_noflag(skb, IPVS_CMD_ATTR_SERVICE);
	if (!nl_service || ip_vs_genl_put_service(skb, svc))
		goto nla_put_failure;
	nl_dests = nla_nest_start(skb, IPVS_SVC_ATTR_DESTS);
	if (!nl_dests)
		goto nla_put_failure;

	ip_vs_genl_dump_seq_read(cb, svc->ipvs);
	seq = cb->seq;
	/* Read svc_seq before the list */
	smp_rmb();
	list_for_each_entry_rcu(dest, &svc->destinations, n_list) {
		/* A dest that is removed and taken back from the trash leads
		 * from one list to another, without a grace period between.
		 * Stop after any change: the dump gets marked anyway.
		 */
		ip_vs_genl_dump_seq_read(cb, svc->ipvs);
		if (cb->seq != seq)
			break;
		if (idx++ < start)
			continue;
		ret = ip_vs_genl_fill_dest(skb, IPVS_DESTS_ATTR_DEST, dest);
		if (ret)
			break;
		ctx->dest++;
	}
	/* Do not repeat the service for none of its dests */
	if (ret && ctx->dest == start)
		goto nla_put_failure;

	nla_nest_end(skb, nl_dests);
	nla_nest_end(skb, nl_service);
	ip_vs_genl_dump_seq_read(cb, svc->ipvs);
	genl_dump_check_consistent(cb, hdr);
	genlmsg_end(skb, hdr);

	if (!ret)
		ctx->dest = 0;
	return ret;

nla_put_failure:
	genlmsg_cancel(skb, hdr);
	return -EMSGSIZE;
}

static int ip_vs_genl_dump_one_svc_dests(struct sk_buff *skb,
					 struct nlattr *nla,
					 struct netlink_callback *cb)
{
	struct ip_vs_svc_dest_ctx *ctx = (void *)cb->ctx;
	struct ip_vs_service *svc;
	int ret;

	if (ctx->svc)
		return 0;

	svc = ip_vs_genl_find_service(net_ipvs(sock_net(skb->sk)), nla);
	/* Like IPVS_CMD_GET_DEST, dump nothing if there is no such service */
	if (IS_ERR_OR_NULL(svc))
		return PTR_ERR_OR_ZERO(svc);

	ret = ip_vs_genl_dump_svc_dests(skb, svc, cb);
	if (!ret)
		ctx->svc = 1;
	return ret;
}
