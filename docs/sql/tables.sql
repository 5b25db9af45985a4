-- Opens an export in DuckDB: one view a table. Paths are relative: run it in the export's folder, or
-- `SET file_search_path = 'DIR'` first. In Spark: spark.read.parquet("DIR/TABLE"), under the same names.
SET TimeZone = 'UTC';
CREATE OR REPLACE VIEW books AS SELECT * FROM read_parquet('books/*/*/*.parquet', union_by_name = true, hive_partitioning = true, hive_types = {'book': VARCHAR, 'month': VARCHAR});
CREATE OR REPLACE VIEW events AS SELECT * FROM read_parquet('events/*/*/*.parquet', union_by_name = true, hive_partitioning = true, hive_types = {'book': VARCHAR, 'month': VARCHAR});
CREATE OR REPLACE VIEW parties AS SELECT * FROM read_parquet('parties/*/*/*.parquet', union_by_name = true, hive_partitioning = true, hive_types = {'book': VARCHAR, 'month': VARCHAR});
CREATE OR REPLACE VIEW campaigns AS SELECT * FROM read_parquet('campaigns/*/*/*.parquet', union_by_name = true, hive_partitioning = true, hive_types = {'book': VARCHAR, 'month': VARCHAR});
CREATE OR REPLACE VIEW items AS SELECT * FROM read_parquet('items/*/*/*.parquet', union_by_name = true, hive_partitioning = true, hive_types = {'book': VARCHAR, 'month': VARCHAR});
CREATE OR REPLACE VIEW campaign_steps AS SELECT * FROM read_parquet('campaign_steps/*/*/*.parquet', union_by_name = true, hive_partitioning = true, hive_types = {'book': VARCHAR, 'month': VARCHAR});
CREATE OR REPLACE VIEW orders_placed AS SELECT * FROM read_parquet('orders_placed/*/*/*.parquet', union_by_name = true, hive_partitioning = true, hive_types = {'book': VARCHAR, 'month': VARCHAR});
CREATE OR REPLACE VIEW lines_placed AS SELECT * FROM read_parquet('lines_placed/*/*/*.parquet', union_by_name = true, hive_partitioning = true, hive_types = {'book': VARCHAR, 'month': VARCHAR});
CREATE OR REPLACE VIEW orders_paid AS SELECT * FROM read_parquet('orders_paid/*/*/*.parquet', union_by_name = true, hive_partitioning = true, hive_types = {'book': VARCHAR, 'month': VARCHAR});
CREATE OR REPLACE VIEW lines_paid AS SELECT * FROM read_parquet('lines_paid/*/*/*.parquet', union_by_name = true, hive_partitioning = true, hive_types = {'book': VARCHAR, 'month': VARCHAR});
CREATE OR REPLACE VIEW order_steps AS SELECT * FROM read_parquet('order_steps/*/*/*.parquet', union_by_name = true, hive_partitioning = true, hive_types = {'book': VARCHAR, 'month': VARCHAR});
CREATE OR REPLACE VIEW refunds AS SELECT * FROM read_parquet('refunds/*/*/*.parquet', union_by_name = true, hive_partitioning = true, hive_types = {'book': VARCHAR, 'month': VARCHAR});
CREATE OR REPLACE VIEW refund_lines AS SELECT * FROM read_parquet('refund_lines/*/*/*.parquet', union_by_name = true, hive_partitioning = true, hive_types = {'book': VARCHAR, 'month': VARCHAR});
CREATE OR REPLACE VIEW parts AS SELECT * FROM read_parquet('parts/*/*/*.parquet', union_by_name = true, hive_partitioning = true, hive_types = {'book': VARCHAR, 'month': VARCHAR});
CREATE OR REPLACE VIEW postings AS SELECT * FROM read_parquet('postings/*/*/*.parquet', union_by_name = true, hive_partitioning = true, hive_types = {'book': VARCHAR, 'month': VARCHAR});
CREATE OR REPLACE VIEW costs AS SELECT * FROM read_parquet('costs/*/*/*.parquet', union_by_name = true, hive_partitioning = true, hive_types = {'book': VARCHAR, 'month': VARCHAR});
CREATE OR REPLACE VIEW activity AS SELECT * FROM read_parquet('activity/*/*/*.parquet', union_by_name = true, hive_partitioning = true, hive_types = {'book': VARCHAR, 'month': VARCHAR});
