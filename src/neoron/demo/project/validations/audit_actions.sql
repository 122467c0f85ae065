-- An audit row says what was done, in a word that the API knows.
SELECT "AuditId", "Action"
FROM "MessageAudits"
WHERE "Action" NOT IN ('post', 'edit', 'delete')
