"""The embedded stack: Kafka, PostgreSQL and the services as child processes of one launcher."""
