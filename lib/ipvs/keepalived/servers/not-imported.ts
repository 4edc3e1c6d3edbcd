/** Why keywords are not imported. */
const REASONS = {
  check: 'belongs to health checks, which are not imported: every real server is imported as healthy',
  failure: 'is not imported: it only matters when real servers fail',
  notification: 'is not imported: it only sends notifications',
  sorry: 'is not imported: it is in the table only while the real servers are down',
  suspend: 'is not imported: the service is imported as if its address were present',
  name: 'is not imported: it is a name for SNMP only',
  kernel: 'is not imported: the kernel sets this flag itself, for every service',
} as const;

const CHECKS = [
  'HTTP_GET SSL_GET TCP_CHECK SMTP_CHECK DNS_CHECK MISC_CHECK BFD_CHECK UDP_CHECK PING_CHECK FILE_CHECK',
  'delay_loop connect_timeout retry nb_get_retry delay_before_retry warmup alpha virtualhost log_all_failures',
].join(' ');

const KEYWORDS: Readonly<Record<keyof typeof REASONS, string>> = {
  check: CHECKS,
  failure: 'omega quorum hysteresis inhibit_on_failure quorum_max',
  notification: 'quorum_up quorum_down notify_up notify_down smtp_alert',
  sorry: 'sorry_server sorry_server_inhibit sorry_server_lvs_method',
  suspend: 'ha_suspend',
  name: 'snmp_name',
  kernel: 'hashed',
};

const reasons: ReadonlyMap<string, string> = new Map(
  Object.entries(KEYWORDS).flatMap(([reason, words]) =>
    words.split(' ').map((word) => [word, REASONS[reason as keyof typeof REASONS]] as const),
  ),
);

/** Says why a keyword of a virtual or real server is not imported; undefined for an unknown keyword. */
export function reasonNotImported(keyword: string): string | undefined {
  return reasons.get(keyword);
}
