"""What an agent's hook reads and answers: payload to event, reply to answer, the reasons given to a model. Pure."""
