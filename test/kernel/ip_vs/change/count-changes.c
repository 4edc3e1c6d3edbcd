// SPDX-License-Identifier: GPL-2.0-only
/* Goes ahead of the functions of the service tables. */

/* Changes of services and dests are counted before their first and after their
 * last write, under the lock that serializes them. svc_seq is odd while nothing
 * is being changed, so it is never 0 then.
 */
static void ip_vs_change_begin(struct netns_ipvs *ipvs)
{
	atomic_inc(&ipvs->svc_seq);
	/* Count before the first write */
	smp_mb__after_atomic();
}

static void ip_vs_change_end(struct netns_ipvs *ipvs)
{
	/* Count after the last write */
	smp_mb__before_atomic();
	atomic_inc(&ipvs->svc_seq);
}
