// SPDX-License-Identifier: GPL-2.0-only
/* Goes behind put-service-dests.c, up to 7.0. */

static int ip_vs_genl_dump_all_svc_dests(struct sk_buff *skb,
					 struct netlink_callback *cb)
{
	struct netns_ipvs *ipvs = net_ipvs(sock_net(skb->sk));
	struct ip_vs_svc_dest_ctx *ctx = (void *)cb->ctx;
	struct ip_vs_service *svc;
	struct hlist_head *head;
	unsigned int idx;
	int ret;

	for (; ctx->bucket < IP_VS_SVC_TAB_SIZE; ctx->bucket++) {
		head = &ip_vs_svc_table[ctx->bucket];
		idx = 0;
		hlist_for_each_entry_rcu(svc, head, s_list) {
			if (idx++ < ctx->svc || svc->ipvs != ipvs)
				continue;
			ret = ip_vs_genl_dump_svc_dests(skb, svc, cb);
			if (ret)
				return ret;
			ctx->svc = idx;
		}
		ctx->svc = 0;
	}

	for (; ctx->bucket < 2 * IP_VS_SVC_TAB_SIZE; ctx->bucket++) {
		head = &ip_vs_svc_fwm_table[ctx->bucket - IP_VS_SVC_TAB_SIZE];
		idx = 0;
		hlist_for_each_entry_rcu(svc, head, f_list) {
			if (idx++ < ctx->svc || svc->ipvs != ipvs)
				continue;
			ret = ip_vs_genl_dump_svc_dests(skb, svc, cb);
			if (ret)
				return ret;
			ctx->svc = idx;
		}
		ctx->svc = 0;
	}

	return 0;
}

static int ip_vs_genl_dump_services_dests(struct sk_buff *skb,
					  struct netlink_callback *cb)
{
	struct nlattr *nla = genl_info_dump(cb)->attrs[IPVS_CMD_ATTR_SERVICE];
	struct netns_ipvs *ipvs = net_ipvs(sock_net(skb->sk));
	int ret;

	NL_ASSERT_DUMP_CTX_FITS(struct ip_vs_svc_dest_ctx);

	mutex_lock(&__ip_vs_mutex);
	rcu_read_lock();
	ip_vs_genl_dump_seq_start(cb, ipvs);
	if (nla)
		ret = ip_vs_genl_dump_one_svc_dests(skb, nla, cb);
	else
		ret = ip_vs_genl_dump_all_svc_dests(skb, cb);
	ip_vs_genl_dump_seq_read(cb, ipvs);
	rcu_read_unlock();
	mutex_unlock(&__ip_vs_mutex);

	/* NLMSG_DONE, too, tells of changes: come back if it does not fit */
	if (!ret && skb_tailroom(skb) < nlmsg_total_size(sizeof(int)))
		return -EMSGSIZE;
	return ret;
}
