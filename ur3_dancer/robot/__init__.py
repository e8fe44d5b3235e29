"""The arm itself: RTDE client, driver loop, URSim and the embedded controller."""
