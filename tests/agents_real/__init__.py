"""The real coding agents, each with a scripted model: `make agents`, and never `make test`.

`models` plays the model's part, `programs` says how each agent is installed and started, `launch`
starts one without a network, `scenarios` has the table of what must hold.
"""
