-- What one person or visitor has put on the hub lately is counted before each further file.
CREATE INDEX "attachment_uploaded_by_created_at_idx" ON "attachment"("uploaded_by", "created_at");
