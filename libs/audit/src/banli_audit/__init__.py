"""The auditor's tool: rebuilds and judges any case from Kafka alone."""
