/** Why a keyword has no place in a table. */
const REASONS = {
  check:
    'belongs to health checks, which are not imported: every real server is imported as one that passed them',
  failure: 'says what happens when servers fail, which is not imported',
  notification: 'tells others what happened, which is not imported',
  sorry: 'is not imported: it is in the table only while the real servers are down',
  suspend: 'is not imported: the service is imported as if its address were there',
  name: 'has no place in a table',
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
};

const reasons: ReadonlyMap<string, string> = new Map(
  Object.entries(KEYWORDS).flatMap(([reason, words]) =>
    words.split(' ').map((word) => [word, REASONS[reason as keyof typeof REASONS]] as const),
  ),
);

/** Why a keyword of a virtual or real server is not imported; undefined for a keyword that does not exist. */
export function reasonNotImported(keyword: string): string | undefined {
  return reasons.get(keyword);
}
