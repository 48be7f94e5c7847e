"""At most 50 devices an account, which no row of another table hangs on, nor they on their account.

Devices beyond the newest 50 end here, so that nothing later has to end more than a few at a time.
"""

# The tables are locked in the order that a login takes them, so that neither waits for the other in
# a circle. A session keeps the id of a device that has ended: its budget of attempts goes on.
SQL = """
LOCK TABLE account, session, device IN ACCESS EXCLUSIVE MODE;
ALTER TABLE session DROP CONSTRAINT IF EXISTS session_device_id_fkey;
ALTER TABLE device DROP CONSTRAINT IF EXISTS device_account_id_fkey,
    ADD COLUMN user_agent text NOT NULL DEFAULT '';
DELETE FROM device WHERE revoked_at IS NOT NULL;
CREATE INDEX device_newest ON device
    (account_id, (coalesce(last_seen_at, created_at)) DESC, id DESC);
DELETE FROM device USING (
    SELECT id, row_number() OVER (
        PARTITION BY account_id ORDER BY coalesce(last_seen_at, created_at) DESC, id DESC) AS place
    FROM device) AS placed
WHERE device.id = placed.id AND placed.place > 50;
DROP INDEX IF EXISTS device_account_id;
DROP INDEX IF EXISTS session_device_id;
"""
