// SPDX-License-Identifier: GPL-2.0-only
/* Goes behind put-service-dests.c, from 7.1 on. */

static int ip_vs_genl_dump_all_svc_dests(struct sk_buff *skb,
					 struct netlink_callback *cb)
{
	struct netns_ipvs *ipvs = net_ipvs(sock_net(skb->sk));
	struct ip_vs_svc_dest_ctx *ctx = (void *)cb->ctx;
	struct ip_vs_service *svc;
	struct hlist_bl_node *e;
	struct ip_vs_rht *t, *p;
	unsigned int first = 0;
	unsigned int idx;
	int ret;

	ip_vs_rht_for_each_table_rcu(ipvs->svc_table, t, p) {
		for (; ctx->bucket - first < t->size; ctx->bucket++) {
			idx = 0;
			hlist_bl_for_each_entry_rcu(svc, e,
						    t->buckets + ctx->bucket - first,
						    s_list) {
				if (idx++ < ctx->svc)
					continue;
				ret = ip_vs_genl_dump_svc_dests(skb, svc, cb);
				if (ret)
					return ret;
				ctx->svc = idx;
			}
			ctx->svc = 0;
		}
		first += t->size;
	}

	return 0;
}

static int ip_vs_genl_dump_services_dests(struct sk_buff *skb,
					  struct netlink_callback *cb)
{
	struct nlattr *nla = genl_info_dump(cb)->attrs[IPVS_CMD_ATTR_SERVICE];
	struct netns_ipvs *ipvs = net_ipvs(sock_net(skb->sk));
	int ret;

	NL_ASSERT_CTX_FITS(struct ip_vs_svc_dest_ctx);

	/* Make sure that no service is moved while we walk the buckets */
	down_read(&ipvs->svc_resize_sem);
	rcu_read_lock();
	ip_vs_genl_dump_seq_start(cb, ipvs);
	if (nla)
		ret = ip_vs_genl_dump_one_svc_dests(skb, nla, cb);
	else
		ret = ip_vs_genl_dump_all_svc_dests(skb, cb);
	ip_vs_genl_dump_seq_read(cb, ipvs);
	rcu_read_unlock();
	up_read(&ipvs->svc_resize_sem);

	/* NLMSG_DONE, too, tells of changes: come back if it does not fit */
	if (!ret && skb_tailroom(skb) < nlmsg_total_size(sizeof(int)))
		return -EMSGSIZE;
	return ret;
}
