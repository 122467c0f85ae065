-- Who edits a message leaves an audit row.
SELECT m."MessageId", m."EditedAt"
FROM "Messages" m
LEFT JOIN "MessageAudits" a ON a."MessageId" = m."MessageId" AND a."Action" = 'edit'
WHERE m."EditedAt" IS NOT NULL AND a."AuditId" IS NULL
