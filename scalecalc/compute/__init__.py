"""What training costs: accelerators, run time, parameters, FLOPs and memory."""
