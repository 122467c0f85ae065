-- Every audit row belongs to a message.
SELECT a."AuditId", a."MessageId"
FROM "MessageAudits" a
LEFT JOIN "Messages" m ON m."MessageId" = a."MessageId"
WHERE m."MessageId" IS NULL
