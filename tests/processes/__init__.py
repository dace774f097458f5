"""The program as an operator runs it: real processes, real HTTP, real SMTP, killed and started again."""
