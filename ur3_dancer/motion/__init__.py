"""How an arm can do it: kinematics, limits, retargeting, playout."""
