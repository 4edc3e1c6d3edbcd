// SPDX-License-Identifier: GPL-2.0-only
/*
 * GET_SERVICE_DEST for IPVS: one dump request that returns every service
 * together with its destinations.
 *
 * This file is included by ip_vs_ctl.c below its two service tables. It is
 * built with
 *   IPVS_SINGLE_DUMP_NO_INTR  to never set NLM_F_DUMP_INTR, and to send
 *                             NLMSG_DONE in a datagram of its own;
 *   IPVS_SINGLE_DUMP_FLAT     to send destinations as messages behind their
 *                             service instead of inside it.
 */

#include <linux/list.h>
#include <net/netns/generic.h>

#define IPVS_CMD_GET_SERVICE_DEST	18
#define IPVS_SVC_ATTR_DESTS		13
#define IPVS_DESTS_ATTR_DEST		1
#define IPVS_INFO_ATTR_GENERATION	3

/* Rows of the address table, then rows of the firewall-mark table */
#define IP_VS_SINGLE_DUMP_ROWS		(2 * IP_VS_SVC_TAB_SIZE)

/* Everything here is guarded by __ip_vs_mutex. */
struct ip_vs_single_dump_net {
	unsigned int		generation;	/* never 0, see nl_dump_check_consistent() */
	struct list_head	cursors;	/* dumps under way */
};

/*
 * Where a dump goes on; lives in its netlink_callback. No reference is held:
 * whoever takes a service or a destination out of its list first moves the
 * cursors that stand on it to the one behind it.
 */
struct ip_vs_single_dump_cursor {
	struct list_head	list;
	struct ip_vs_service	*svc;	/* NULL: nothing is left */
	struct ip_vs_dest	*dest;	/* NULL: svc has not been sent yet */
	unsigned int		row;	/* the row of svc */
	bool			one;	/* only svc was asked for */
};

static unsigned int ip_vs_single_dump_net_id __read_mostly;

static struct genl_family ip_vs_genl_family;
static const struct nla_policy ip_vs_cmd_policy[IPVS_CMD_ATTR_MAX + 1];
static struct ip_vs_service *ip_vs_genl_find_service(struct netns_ipvs *ipvs,
						     struct nlattr *nla);
#ifdef IPVS_SINGLE_DUMP_FLAT
static int ip_vs_genl_dump_service(struct sk_buff *skb,
				   struct ip_vs_service *svc,
				   struct netlink_callback *cb);
static int ip_vs_genl_dump_dest(struct sk_buff *skb, struct ip_vs_dest *dest,
				struct netlink_callback *cb);
#else
static int ip_vs_genl_fill_service(struct sk_buff *skb,
				   struct ip_vs_service *svc);
static int ip_vs_genl_fill_dest(struct sk_buff *skb, struct ip_vs_dest *dest);
#endif

static struct ip_vs_single_dump_net *ip_vs_single_dump_net(struct net *net)
{
	lockdep_assert_held(&__ip_vs_mutex);
	return net_generic(net, ip_vs_single_dump_net_id);
}

/* Put the cursor on the first service of a namespace at or behind a node */
static void ip_vs_single_dump_seek(struct ip_vs_single_dump_cursor *cursor,
				   struct netns_ipvs *ipvs,
				   struct hlist_node *node)
{
	struct ip_vs_service *svc;

	cursor->dest = NULL;
	for (;;) {
		for (; node; node = node->next) {
			if (cursor->row < IP_VS_SVC_TAB_SIZE)
				svc = hlist_entry(node, struct ip_vs_service,
						  s_list);
			else
				svc = hlist_entry(node, struct ip_vs_service,
						  f_list);
			/* Only a service of its own namespace moves a cursor
			 * away when it goes, so never stop at another's.
			 */
			if (svc->ipvs == ipvs) {
				cursor->svc = svc;
				return;
			}
		}

		if (++cursor->row >= IP_VS_SINGLE_DUMP_ROWS)
			break;
		if (cursor->row < IP_VS_SVC_TAB_SIZE)
			node = ip_vs_svc_table[cursor->row].first;
		else
			node = ip_vs_svc_fwm_table[cursor->row -
						   IP_VS_SVC_TAB_SIZE].first;
	}
	cursor->svc = NULL;
}

static void ip_vs_single_dump_advance(struct ip_vs_single_dump_cursor *cursor)
{
	struct ip_vs_service *svc = cursor->svc;

	if (cursor->one) {
		cursor->svc = NULL;
		cursor->dest = NULL;
		return;
	}
	ip_vs_single_dump_seek(cursor, svc->ipvs,
			       cursor->row < IP_VS_SVC_TAB_SIZE ?
			       svc->s_list.next : svc->f_list.next);
}

/* A service or a destination was added or is being edited */
static void ip_vs_single_dump_changed(struct netns_ipvs *ipvs)
{
	struct ip_vs_single_dump_net *sdn = ip_vs_single_dump_net(ipvs->net);

	if (!++sdn->generation)
		sdn->generation = 1;
}

/* GET_INFO says the generation where interrupted dumps are marked, and so
 * lets a client know that they are
 */
static int ip_vs_single_dump_fill_info(struct sk_buff *skb, struct net *net)
{
#ifdef IPVS_SINGLE_DUMP_NO_INTR
	return 0;
#else
	return nla_put_u32(skb, IPVS_INFO_ATTR_GENERATION,
			   ip_vs_single_dump_net(net)->generation);
#endif
}

/* A service is being taken out of its row; its next pointer still holds */
static void ip_vs_single_dump_leave_service(struct ip_vs_service *svc)
{
	struct ip_vs_single_dump_net *sdn = ip_vs_single_dump_net(svc->ipvs->net);
	struct ip_vs_single_dump_cursor *cursor;

	list_for_each_entry(cursor, &sdn->cursors, list) {
		if (cursor->svc == svc)
			ip_vs_single_dump_advance(cursor);
	}
	ip_vs_single_dump_changed(svc->ipvs);
}

/* A destination is about to be taken out of its service's list */
static void ip_vs_single_dump_leave_dest(struct ip_vs_service *svc,
					 struct ip_vs_dest *dest)
{
	struct ip_vs_single_dump_net *sdn = ip_vs_single_dump_net(svc->ipvs->net);
	struct ip_vs_single_dump_cursor *cursor;

	list_for_each_entry(cursor, &sdn->cursors, list) {
		if (cursor->dest != dest)
			continue;
		if (list_is_last(&dest->n_list, &svc->destinations))
			ip_vs_single_dump_advance(cursor);
		else
			cursor->dest = list_next_entry(dest, n_list);
	}
	ip_vs_single_dump_changed(svc->ipvs);
}

#ifdef IPVS_SINGLE_DUMP_FLAT
static int ip_vs_single_dump_put(struct sk_buff *skb,
				 struct netlink_callback *cb,
				 struct ip_vs_single_dump_cursor *cursor)
{
	struct ip_vs_service *svc = cursor->svc;
	struct ip_vs_dest *dest = cursor->dest;
	struct nlmsghdr *nlh;

	if (!dest) {
		nlh = (struct nlmsghdr *)skb_tail_pointer(skb);
		if (ip_vs_genl_dump_service(skb, svc, cb))
			return -EMSGSIZE;
		nl_dump_check_consistent(cb, nlh);
		dest = list_first_entry(&svc->destinations, struct ip_vs_dest,
					n_list);
	}

	list_for_each_entry_from(dest, &svc->destinations, n_list) {
		nlh = (struct nlmsghdr *)skb_tail_pointer(skb);
		if (ip_vs_genl_dump_dest(skb, dest, cb)) {
			cursor->dest = dest;
			return -EMSGSIZE;
		}
		nl_dump_check_consistent(cb, nlh);
	}

	ip_vs_single_dump_advance(cursor);
	return 0;
}
#else
static int ip_vs_single_dump_put(struct sk_buff *skb,
				 struct netlink_callback *cb,
				 struct ip_vs_single_dump_cursor *cursor)
{
	struct nlattr *nl_service, *nl_dests, *nl_dest;
	struct ip_vs_service *svc = cursor->svc;
	struct ip_vs_dest *dest = cursor->dest;
	bool full = false;
	int sent = 0;
	void *hdr;

	hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			  &ip_vs_genl_family, NLM_F_MULTI,
			  IPVS_CMD_NEW_SERVICE);
	if (!hdr)
		return -EMSGSIZE;

	nl_service = (struct nlattr *)skb_tail_pointer(skb);
	if (ip_vs_genl_fill_service(skb, svc))
		goto cancel;
	nl_dests = nla_nest_start_noflag(skb, IPVS_SVC_ATTR_DESTS);
	if (!nl_dests)
		goto cancel;

	if (!dest)
		dest = list_first_entry(&svc->destinations, struct ip_vs_dest,
					n_list);
	list_for_each_entry_from(dest, &svc->destinations, n_list) {
		nl_dest = (struct nlattr *)skb_tail_pointer(skb);
		if (ip_vs_genl_fill_dest(skb, dest)) {
			full = true;
			break;
		}
		nl_dest->nla_type = IPVS_DESTS_ATTR_DEST;
		sent++;
	}
	/* Nothing is gained by a part without destinations: the service comes
	 * whole in the next datagram.
	 */
	if (full && !sent)
		goto cancel;

	nla_nest_end(skb, nl_dests);
	/* ip_vs_genl_fill_service() closed this nest before the destinations */
	nla_nest_end(skb, nl_service);
	genl_dump_check_consistent(cb, hdr);
	genlmsg_end(skb, hdr);

	if (full) {
		cursor->dest = dest;
		return -EMSGSIZE;
	}
	ip_vs_single_dump_advance(cursor);
	return 0;

cancel:
	genlmsg_cancel(skb, hdr);
	return -EMSGSIZE;
}
#endif

static int ip_vs_single_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct ip_vs_single_dump_cursor *cursor = (void *)cb->ctx;
	int err = 0;

	mutex_lock(&__ip_vs_mutex);
#ifndef IPVS_SINGLE_DUMP_NO_INTR
	cb->seq = ip_vs_single_dump_net(sock_net(skb->sk))->generation;
#endif
	while (cursor->svc && !err)
		err = ip_vs_single_dump_put(skb, cb, cursor);
	mutex_unlock(&__ip_vs_mutex);

	if (err)
		return skb->len ? skb->len : err;
#ifdef IPVS_SINGLE_DUMP_NO_INTR
	return skb->len;
#else
	/* NLMSG_DONE goes behind the last message, where there is room, so
	 * that no change can come between them.
	 */
	return 0;
#endif
}

static int ip_vs_single_dump_start(struct netlink_callback *cb)
{
	struct ip_vs_single_dump_cursor *cursor = (void *)cb->ctx;
	struct nlattr *attrs[IPVS_CMD_ATTR_MAX + 1];
	struct net *net = sock_net(cb->skb->sk);
	struct netns_ipvs *ipvs = net_ipvs(net);
	struct ip_vs_service *svc;
	bool valid;

	BUILD_BUG_ON(sizeof(*cursor) > sizeof(cb->ctx));

	valid = !nlmsg_parse_deprecated(cb->nlh, GENL_HDRLEN, attrs,
					IPVS_CMD_ATTR_MAX, ip_vs_cmd_policy,
					cb->extack);
	memset(cursor, 0, sizeof(*cursor));

	mutex_lock(&__ip_vs_mutex);
	list_add(&cursor->list, &ip_vs_single_dump_net(net)->cursors);
#ifndef IPVS_SINGLE_DUMP_NO_INTR
	/* The mutex is free until the first part is made: what is added ahead
	 * of the cursor until then must mark the dump.
	 */
	cb->prev_seq = ip_vs_single_dump_net(net)->generation;
#endif
	if (!valid) {
		/* An empty dump, as GET_DEST answers */
	} else if (attrs[IPVS_CMD_ATTR_SERVICE]) {
		svc = ip_vs_genl_find_service(ipvs,
					      attrs[IPVS_CMD_ATTR_SERVICE]);
		cursor->svc = IS_ERR(svc) ? NULL : svc;
		cursor->one = true;
	} else {
		ip_vs_single_dump_seek(cursor, ipvs, ip_vs_svc_table[0].first);
	}
	mutex_unlock(&__ip_vs_mutex);

	return 0;
}

/* Called at the end of the dump, or when its socket is closed before */
static int ip_vs_single_dump_done(struct netlink_callback *cb)
{
	struct ip_vs_single_dump_cursor *cursor = (void *)cb->ctx;

	mutex_lock(&__ip_vs_mutex);
	list_del(&cursor->list);
	mutex_unlock(&__ip_vs_mutex);

	return 0;
}

static const struct genl_ops ip_vs_single_dump_ops[] = {
	{
		.cmd	= IPVS_CMD_GET_SERVICE_DEST,
		.validate = GENL_DONT_VALIDATE_STRICT | GENL_DONT_VALIDATE_DUMP,
		.flags	= GENL_ADMIN_PERM,
		.start	= ip_vs_single_dump_start,
		.dumpit	= ip_vs_single_dump,
		.done	= ip_vs_single_dump_done,
	},
};

static int __net_init ip_vs_single_dump_net_init(struct net *net)
{
	struct ip_vs_single_dump_net *sdn;

	sdn = net_generic(net, ip_vs_single_dump_net_id);
	sdn->generation = 1;
	INIT_LIST_HEAD(&sdn->cursors);
	return 0;
}

/*
 * struct netns_ipvs must not grow: the schedulers are built against the
 * distribution's layout of it.
 */
static struct pernet_operations ip_vs_single_dump_net_ops = {
	.init	= ip_vs_single_dump_net_init,
	.id	= &ip_vs_single_dump_net_id,
	.size	= sizeof(struct ip_vs_single_dump_net),
};
