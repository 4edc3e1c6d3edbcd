/** Where lines of ours go into one file of the kernel's `net/netfilter/ipvs`. */
export interface InsertionPoint {
  /** File name inside `net/netfilter/ipvs`. */
  readonly file: string;
  /** Matches exactly one line of that file, without its line end, in every supported kernel. */
  readonly anchor: RegExp;
  /** Whether our lines go before the anchor's line, after it, or take its place. */
  readonly place: 'before' | 'after' | 'instead';
  /** Our lines, without line ends. */
  readonly lines: readonly string[];
}

/** Name of our own file, which `ip_vs_ctl.c` includes. */
export const singleDumpFile = 'ip_vs_single_dump.c';

/**
 * Every place where `ip_vs_ctl.c` meets our own file.
 *
 * @param defines names that the C preprocessor shall know in our own file
 */
export function insertionPoints(defines: readonly string[]): readonly InsertionPoint[] {
  const file = 'ip_vs_ctl.c';
  return [
    {
      file,
      anchor: /^static struct hlist_head ip_vs_svc_fwm_table\[IP_VS_SVC_TAB_SIZE\];$/,
      place: 'after',
      lines: [...defines.map((name) => `#define ${name}`), `#include "${singleDumpFile}"`],
    },
    {
      // ip_vs_svc_hash(): a service enters its row
      file,
      anchor: /^\tsvc->flags \|= IP_VS_SVC_F_HASHED;$/,
      place: 'before',
      lines: ['\tip_vs_single_dump_changed(svc->ipvs);'],
    },
    {
      // ip_vs_svc_unhash(): deletion, flush and the end of a namespace all come here
      file,
      anchor: /^\tsvc->flags &= ~IP_VS_SVC_F_HASHED;$/,
      place: 'before',
      lines: ['\tip_vs_single_dump_leave_service(svc);'],
    },
    {
      // __ip_vs_update_dest(): a destination is added or edited
      file,
      anchor: /^\tatomic_set\(&dest->weight, udest->weight\);$/,
      place: 'before',
      lines: ['\tip_vs_single_dump_changed(ipvs);'],
    },
    {
      // __ip_vs_unlink_dest()
      file,
      anchor: /^\tdest->cflags &= ~IP_VS_DEST_CF_AVAILABLE;$/,
      place: 'before',
      lines: ['\tip_vs_single_dump_leave_dest(svc, dest);'],
    },
    {
      // ip_vs_edit_service(): before the first write, as a failure further down may leave a change behind
      file,
      anchor: /^\tif \(sched != old_sched\) \{$/,
      place: 'before',
      lines: ['\tip_vs_single_dump_changed(svc->ipvs);'],
    },
    {
      // ip_vs_genl_get_cmd()
      file,
      anchor: /^\tcase IPVS_CMD_GET_INFO:$/,
      place: 'after',
      lines: ['\t\tif (ip_vs_single_dump_fill_info(msg, net))', '\t\t\tgoto nla_put_failure;'],
    },
    {
      file,
      anchor: /^\t\.small_ops\t= ip_vs_genl_ops,$/,
      place: 'before',
      lines: ['\t.ops\t\t= ip_vs_single_dump_ops,', '\t.n_ops\t\t= ARRAY_SIZE(ip_vs_single_dump_ops),'],
    },
    {
      file,
      anchor: /^\t\.resv_start_op\t= IPVS_CMD_FLUSH \+ 1,$/,
      place: 'instead',
      lines: ['\t.resv_start_op\t= IPVS_CMD_GET_SERVICE_DEST + 1,'],
    },
    {
      // ip_vs_control_init(): ahead of IPVS's own namespaces, so that the generation outlives their services
      file,
      anchor: /^\tret = register_netdevice_notifier\(&ip_vs_dst_notifier\);$/,
      place: 'before',
      lines: [
        '\tret = register_pernet_subsys(&ip_vs_single_dump_net_ops);',
        '\tif (ret < 0)',
        '\t\treturn ret;',
      ],
    },
    {
      file,
      anchor: /^\tret = register_netdevice_notifier\(&ip_vs_dst_notifier\);$/,
      place: 'after',
      lines: ['\tif (ret < 0)', '\t\tunregister_pernet_subsys(&ip_vs_single_dump_net_ops);'],
    },
    {
      // ip_vs_control_cleanup()
      file,
      anchor: /^\tunregister_netdevice_notifier\(&ip_vs_dst_notifier\);$/,
      place: 'after',
      lines: ['\tunregister_pernet_subsys(&ip_vs_single_dump_net_ops);'],
    },
  ];
}
