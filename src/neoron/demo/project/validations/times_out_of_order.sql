-- Nothing is edited or deleted before it was posted.
SELECT "MessageId", "CreatedAt", "EditedAt", "DeletedAt"
FROM "Messages"
WHERE "EditedAt" < "CreatedAt" OR "DeletedAt" < "CreatedAt"
