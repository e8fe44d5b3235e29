"""ROS 2 nodes; the only importers of rclpy and of message packages."""
