comment on function create_day_partitions(date) is 'Makes the partitions of one UTC day where they are missing; returns how many it made.';
