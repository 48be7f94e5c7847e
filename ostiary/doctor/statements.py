"""What `ostiary why` looks up."""

ACCOUNT = """
SELECT id, email, created_at, email_verified_at IS NOT NULL AS email_verified, disabled_at,
    last_login_at
FROM account WHERE email_key = %(email_key)s
"""
REGISTERED = """
SELECT count(*) AS times FROM pending_registration WHERE email_key = %(email_key)s
"""

# The address, the devices of its account and of its sessions, which may have ended, and whatever
# of it was ever locked.
ATTEMPTS = """
WITH tried (subject) AS (
    SELECT 'address:' || %(email_key)s::text
    UNION SELECT 'device:' || device.id FROM device JOIN account ON account.id = device.account_id
        WHERE account.email_key = %(email_key)s
    UNION SELECT 'device:' || coalesce(session.device_id, session.id) FROM session
        JOIN account ON account.id = session.account_id
        WHERE account.email_key = %(email_key)s
    UNION SELECT subject FROM lockout WHERE email = %(email_key)s)
SELECT attempt.at, attempt.client, attempt.subject, attempt.verdict, attempt.rule
FROM tried JOIN attempt USING (subject) ORDER BY attempt.at DESC, attempt.id DESC LIMIT %(limit)s
"""
SPENT_BY_SUBJECT = """
SELECT subject, count(*) AS taken, min(at) AS oldest_at,
    count(*) FILTER (WHERE verdict = 'pending' AND at > %(judging_since)s) AS judging
FROM attempt
WHERE subject = ANY(%(subjects)s) AND at > %(since)s AND verdict IN ('pending', 'wrong')
GROUP BY subject
"""
# Known devices neither count here nor are refused for it.
SPENT_BY_CLIENT = """
SELECT 'client:' || client AS subject, count(*) AS taken, min(at) AS oldest_at, 0 AS judging
FROM attempt
WHERE client = ANY(%(names)s) AND at > %(since)s AND verdict IN ('pending', 'wrong', 'spent')
  AND NOT starts_with(subject, 'device:')
GROUP BY client
"""
# A /56 is looked for in the /48 around it, which has the index.
SPENT_BY_NETWORK = """
SELECT 'network:' || name AS subject, count(*) AS taken, min(at) AS oldest_at, 0 AS judging
FROM attempt CROSS JOIN LATERAL (VALUES (network_56), (network_48)) AS network (name)
WHERE network_48 = ANY(%(names)s) AND at > %(since)s AND verdict IN ('pending', 'wrong', 'spent')
  AND NOT starts_with(subject, 'device:')
GROUP BY name
"""
SPENT = (SPENT_BY_SUBJECT, SPENT_BY_CLIENT, SPENT_BY_NETWORK)
