"""What people see of a performance in their browser; knows neither ROS nor the robot."""
