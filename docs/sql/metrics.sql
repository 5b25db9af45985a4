-- The figures as SQL, over the tables of docs/export.md (opened by tables.sql). Plain SQL but for what is marked.
--
-- Every view is per book: it has a row for each book and key, and buyers of several books count in each
-- (docs/export.md has the pattern for all books together). Its columns have the keys of docs/analytics.md;
-- money and averages' numerators are in minor units; a share or an average is a pair KEY_numerator,
-- KEY_denominator, so that nothing is rounded here. What the report has one row of has one here for every
-- book, of zeros where nothing happened. Views that end in _w see the window's days, views that end in _t
-- all days up to the last one covered.

-- What is asked for: UPDATE it. An end of the window that is NULL is open. Days of the lifecycle; a target of
-- net sales; cohorts by 'month' or 'week' (from Monday); two leaders to compare.
CREATE OR REPLACE TABLE settings AS
SELECT CAST(NULL AS DATE) AS window_from, CAST(NULL AS DATE) AS window_through,
       30 AS new_days, 60 AS active_days, 180 AS sleeping_days, CAST(NULL AS BIGINT) AS target_minor,
       'month' AS cohorts, CAST(NULL AS VARCHAR) AS pk_left, CAST(NULL AS VARCHAR) AS pk_right;

CREATE OR REPLACE TABLE repeat_days AS SELECT * FROM (VALUES (7), (30), (60), (90), (180)) AS given(days);

-- The days that are counted, and the last one covered: the window's, else the last on which anything happened.
CREATE OR REPLACE VIEW span AS
SELECT known.book, known.last_day, s.*,
       coalesce(s.window_from, known.first_day) AS from_day, least(coalesce(s.window_through, known.last_day), known.last_day) AS as_of
FROM (SELECT book, min(day) AS first_day, max(day) AS last_day
      FROM (SELECT book, day FROM events UNION ALL SELECT book, day FROM activity) AS days
      GROUP BY book) AS known
CROSS JOIN settings AS s;

CREATE OR REPLACE VIEW placed_w AS SELECT t.* FROM orders_placed AS t JOIN span AS s ON t.book = s.book AND t.day BETWEEN s.from_day AND s.as_of;
CREATE OR REPLACE VIEW paid_w AS SELECT t.* FROM orders_paid AS t JOIN span AS s ON t.book = s.book AND t.day BETWEEN s.from_day AND s.as_of;
CREATE OR REPLACE VIEW paid_t AS SELECT t.* FROM orders_paid AS t JOIN span AS s ON t.book = s.book AND t.day <= s.as_of;
CREATE OR REPLACE VIEW lines_paid_w AS SELECT t.* FROM lines_paid AS t JOIN span AS s ON t.book = s.book AND t.day BETWEEN s.from_day AND s.as_of;
CREATE OR REPLACE VIEW refunds_w AS SELECT t.* FROM refunds AS t JOIN span AS s ON t.book = s.book AND t.day BETWEEN s.from_day AND s.as_of;
CREATE OR REPLACE VIEW refunds_t AS SELECT t.* FROM refunds AS t JOIN span AS s ON t.book = s.book AND t.day <= s.as_of;
CREATE OR REPLACE VIEW refund_lines_w AS SELECT t.* FROM refund_lines AS t JOIN span AS s ON t.book = s.book AND t.day BETWEEN s.from_day AND s.as_of;
CREATE OR REPLACE VIEW activity_w AS SELECT t.* FROM activity AS t JOIN span AS s ON t.book = s.book AND t.day BETWEEN s.from_day AND s.as_of;
CREATE OR REPLACE VIEW activity_t AS SELECT t.* FROM activity AS t JOIN span AS s ON t.book = s.book AND t.day <= s.as_of;
CREATE OR REPLACE VIEW postings_w AS SELECT t.* FROM postings AS t JOIN span AS s ON t.book = s.book AND t.day BETWEEN s.from_day AND s.as_of;
CREATE OR REPLACE VIEW parts_w AS SELECT t.* FROM parts AS t JOIN span AS s ON t.book = s.book AND t.day BETWEEN s.from_day AND s.as_of;

-- A buyer's paid orders in their order: number 1 defines the cohort and the new buyer.
CREATE OR REPLACE VIEW purchases_t AS
SELECT book, buyer, order_id, campaign, seller, position, at_utc, day, month, paid_minor,
       row_number() OVER (PARTITION BY book, buyer ORDER BY at_utc, position, event) AS number
FROM paid_t WHERE buyer IS NOT NULL;

CREATE OR REPLACE VIEW buyers_t AS
SELECT book, buyer, count(*) AS orders, min(day) AS first_day, max(day) AS last_day, min(at_utc) AS first_at,
       max(at_utc) AS last_at, sum(paid_minor) AS paid
FROM purchases_t GROUP BY book, buyer;

-- Sales ------------------------------------------------------------------------------------------------------

CREATE OR REPLACE VIEW sales_facts AS
SELECT book, day, month, campaign, seller, due_minor AS gmv_placed, 1 AS placed_orders, 0 AS gmv_paid, 0 AS paid_orders,
       0 AS anonymous_orders, 0 AS anonymous_paid, 0 AS refunds, 0 AS refunded, 0 AS refund_extras, 0 AS refunded_of_orders, 0 AS units
FROM placed_w
UNION ALL
SELECT book, day, month, campaign, seller, 0, 0, paid_minor, 1,
       CASE WHEN buyer IS NULL THEN 1 ELSE 0 END, CASE WHEN buyer IS NULL THEN paid_minor ELSE 0 END, 0, 0, 0, 0, 0
FROM paid_w
UNION ALL
SELECT book, day, month, campaign, seller, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, quantity FROM lines_paid_w
UNION ALL
SELECT book, day, month, campaign, seller, 0, 0, 0, 0, 0, 0, CASE WHEN refunds > 0 THEN 1 ELSE 0 END,
       goods_minor + shipping_fee_minor, return_shipping_minor + compensation_minor, 0, -units
FROM refunds_w
UNION ALL
-- Refunds back to the day of their order's payment.
SELECT p.book, p.day, p.month, p.campaign, p.seller, 0, 0, 0, 0, 0, 0, 0, 0, 0, r.goods_minor + r.shipping_fee_minor, 0
FROM refunds_t AS r JOIN paid_w AS p ON r.book = p.book AND r.order_id = p.order_id;

-- Not plain SQL: strftime; in Spark date_format(day, 'yyyy-MM-dd').
CREATE OR REPLACE VIEW sales_sums AS
SELECT book,
       CASE WHEN day IS NOT NULL THEN 'day' WHEN month IS NOT NULL THEN 'month' WHEN campaign IS NOT NULL THEN 'campaign'
            WHEN seller IS NOT NULL THEN 'leader' ELSE 'book' END AS scope,
       coalesce(strftime(day, '%Y-%m-%d'), month, campaign, seller, '') AS scope_key,
       sum(gmv_placed) AS gmv_placed, sum(placed_orders) AS placed_orders, sum(gmv_paid) AS gmv_paid, sum(paid_orders) AS paid_orders,
       sum(anonymous_orders) AS anonymous_orders, sum(anonymous_paid) AS anonymous_paid, sum(refunds) AS refunds,
       sum(refunded) AS refunded, sum(refund_extras) AS refund_extras, sum(refunded_of_orders) AS refunded_of_orders, sum(units) AS units
FROM sales_facts
GROUP BY GROUPING SETS ((book), (book, day), (book, month), (book, campaign), (book, seller));

CREATE OR REPLACE VIEW sales_buyers AS
SELECT book, scope, scope_key, count(*) AS buyers, sum(CASE WHEN orders > 1 THEN 1 ELSE 0 END) AS repeat_buyers
FROM (SELECT book, buyer,
             CASE WHEN day IS NOT NULL THEN 'day' WHEN month IS NOT NULL THEN 'month' WHEN campaign IS NOT NULL THEN 'campaign'
                  WHEN seller IS NOT NULL THEN 'leader' ELSE 'book' END AS scope,
             coalesce(strftime(day, '%Y-%m-%d'), month, campaign, seller, '') AS scope_key, count(*) AS orders
      FROM paid_w WHERE buyer IS NOT NULL
      GROUP BY GROUPING SETS ((book, buyer), (book, buyer, day), (book, buyer, month), (book, buyer, campaign), (book, buyer, seller))) AS counted
GROUP BY book, scope, scope_key;

CREATE OR REPLACE VIEW sales_scoped AS
SELECT s.book, s.scope, s.scope_key, gmv_paid, refunded, gmv_paid - refunded AS net_sales, paid_orders, coalesce(buyers, 0) AS buyers,
       gmv_paid AS average_per_order_numerator, paid_orders AS average_per_order_denominator,
       gmv_paid AS average_per_buyer_numerator, coalesce(buyers, 0) AS average_per_buyer_denominator,
       coalesce(repeat_buyers, 0) AS repeat_buyers,
       coalesce(repeat_buyers, 0) AS repeat_rate_numerator, coalesce(buyers, 0) AS repeat_rate_denominator,
       units, refunds, refund_extras, gmv_placed, placed_orders, anonymous_orders, anonymous_paid,
       refunded_of_orders, gmv_paid - refunded_of_orders AS net_of_orders
FROM sales_sums AS s LEFT JOIN sales_buyers AS b ON s.book = b.book AND s.scope = b.scope AND s.scope_key = b.scope_key;

CREATE OR REPLACE VIEW sales AS
SELECT p.book, coalesce(s.gmv_paid, 0) AS gmv_paid, coalesce(s.refunded, 0) AS refunded, coalesce(s.net_sales, 0) AS net_sales,
       coalesce(s.paid_orders, 0) AS paid_orders, coalesce(s.buyers, 0) AS buyers,
       coalesce(s.gmv_paid, 0) AS average_per_order_numerator, coalesce(s.paid_orders, 0) AS average_per_order_denominator,
       coalesce(s.gmv_paid, 0) AS average_per_buyer_numerator, coalesce(s.buyers, 0) AS average_per_buyer_denominator,
       coalesce(s.repeat_buyers, 0) AS repeat_buyers,
       coalesce(s.repeat_buyers, 0) AS repeat_rate_numerator, coalesce(s.buyers, 0) AS repeat_rate_denominator,
       coalesce(s.units, 0) AS units, coalesce(s.refunds, 0) AS refunds, coalesce(s.refund_extras, 0) AS refund_extras,
       coalesce(s.gmv_placed, 0) AS gmv_placed, coalesce(s.placed_orders, 0) AS placed_orders,
       coalesce(s.anonymous_orders, 0) AS anonymous_orders, coalesce(s.anonymous_paid, 0) AS anonymous_paid
FROM span AS p LEFT JOIN sales_scoped AS s ON p.book = s.book AND s.scope = 'book';

-- Not plain SQL: EXCLUDE; in Spark EXCEPT.
CREATE OR REPLACE VIEW by_day AS SELECT scope_key AS day, * EXCLUDE (scope, scope_key) FROM sales_scoped WHERE scope = 'day' ORDER BY book, day;
CREATE OR REPLACE VIEW by_month AS SELECT scope_key AS month, * EXCLUDE (scope, scope_key) FROM sales_scoped WHERE scope = 'month' ORDER BY book, month;
CREATE OR REPLACE VIEW by_campaign AS
SELECT c.campaign, c.title, s.* EXCLUDE (scope, scope_key)
FROM sales_scoped AS s JOIN campaigns AS c ON s.book = c.book AND s.scope_key = c.campaign WHERE scope = 'campaign' ORDER BY s.book, net_sales DESC;
CREATE OR REPLACE VIEW by_leader AS SELECT scope_key AS leader, * EXCLUDE (scope, scope_key) FROM sales_scoped WHERE scope = 'leader' ORDER BY book, net_sales DESC;

CREATE OR REPLACE VIEW target_progress AS
SELECT p.book, p.target_minor AS target, coalesce(s.net_sales, 0) AS target_reached,
       coalesce(s.net_sales, 0) AS target_share_numerator, p.target_minor AS target_share_denominator,
       -- None where an end of the window is open.
       CASE WHEN p.window_through IS NOT NULL AND p.window_from IS NOT NULL
            THEN CASE WHEN p.window_through < p.window_from THEN 0 ELSE p.window_through - p.window_from + 1 END END AS target_days,
       CASE WHEN p.window_through IS NOT NULL AND p.window_from IS NOT NULL
            THEN CASE WHEN p.as_of < p.window_from THEN 0 ELSE p.as_of - p.window_from + 1 END END AS target_days_gone
FROM span AS p LEFT JOIN sales AS s ON p.book = s.book WHERE p.target_minor IS NOT NULL;

-- Conversion -------------------------------------------------------------------------------------------------

CREATE OR REPLACE VIEW funnel_facts AS
SELECT book, day, campaign, person, 1 AS views, 1 AS visited, 0 AS shortlisted, 0 AS placed, 0 AS paid FROM activity_w WHERE name = 'visited'
UNION ALL SELECT book, day, campaign, person, 0, 0, 1, 0, 0 FROM activity_w WHERE name = 'shortlisted'
UNION ALL SELECT book, day, campaign, buyer, 0, 0, 0, 1, 0 FROM placed_w WHERE buyer IS NOT NULL
UNION ALL SELECT book, day, campaign, buyer, 0, 0, 0, 0, 1 FROM paid_w WHERE buyer IS NOT NULL;

-- One row a person and scope: who did several things counts once.
CREATE OR REPLACE VIEW funnel_people AS
SELECT book, scope, scope_key, person, sum(views) AS views, max(visited) AS visited, sum(shortlisted) AS shortlists,
       max(shortlisted) AS shortlisted, max(placed) AS placed, max(paid) AS paid
FROM (SELECT 'book' AS scope, '' AS scope_key, * FROM funnel_facts
      UNION ALL SELECT 'day', strftime(day, '%Y-%m-%d'), * FROM funnel_facts
      UNION ALL SELECT 'campaign', campaign, * FROM funnel_facts WHERE campaign IS NOT NULL) AS scoped
GROUP BY book, scope, scope_key, person
UNION ALL
-- By source: the visitors from it, and what they did in the window, wherever they came from then.
SELECT v.book, 'source', v.source, v.person, v.views, 1, coalesce(o.shortlists, 0), coalesce(o.shortlisted, 0),
       coalesce(o.placed, 0), coalesce(o.paid, 0)
FROM (SELECT book, source, person, count(*) AS views FROM activity_w WHERE name = 'visited' GROUP BY book, source, person) AS v
LEFT JOIN (SELECT book, person, sum(shortlisted) AS shortlists, max(shortlisted) AS shortlisted, max(placed) AS placed, max(paid) AS paid
           FROM funnel_facts GROUP BY book, person) AS o
  ON v.book = o.book AND v.person = o.person;

CREATE OR REPLACE VIEW funnel_scoped AS
SELECT book, scope, scope_key, visitors, placers, payers,
       -- Without a visit nothing is known of those who didn't buy.
       CASE WHEN uv > 0 THEN placers END AS placing_conversion_numerator, CASE WHEN uv > 0 THEN visitors END AS placing_conversion_denominator,
       CASE WHEN uv > 0 THEN payers END AS paying_conversion_numerator, CASE WHEN uv > 0 THEN visitors END AS paying_conversion_denominator,
       payers AS place_to_pay_numerator, placers AS place_to_pay_denominator,
       pv, uv, buyers_without_visit, shortlists, shortlisters, shortlisted_payers
FROM (SELECT book, scope, scope_key, sum(views) AS pv, sum(visited) AS uv,
             sum(CASE WHEN visited = 0 AND (placed = 1 OR paid = 1) THEN 1 ELSE 0 END) AS buyers_without_visit,
             sum(CASE WHEN visited = 1 OR placed = 1 OR paid = 1 THEN 1 ELSE 0 END) AS visitors,
             sum(shortlists) AS shortlists, sum(shortlisted) AS shortlisters, sum(shortlisted * paid) AS shortlisted_payers,
             sum(placed) AS placers, sum(paid) AS payers
      FROM funnel_people GROUP BY book, scope, scope_key) AS counted;

CREATE OR REPLACE VIEW funnel AS
SELECT p.book, coalesce(f.visitors, 0) AS visitors, coalesce(f.placers, 0) AS placers, coalesce(f.payers, 0) AS payers,
       f.placing_conversion_numerator, f.placing_conversion_denominator, f.paying_conversion_numerator, f.paying_conversion_denominator,
       coalesce(f.payers, 0) AS place_to_pay_numerator, coalesce(f.placers, 0) AS place_to_pay_denominator,
       coalesce(f.pv, 0) AS pv, coalesce(f.uv, 0) AS uv, coalesce(f.buyers_without_visit, 0) AS buyers_without_visit,
       coalesce(f.shortlists, 0) AS shortlists, coalesce(f.shortlisters, 0) AS shortlisters,
       coalesce(f.shortlisted_payers, 0) AS shortlisted_payers
FROM span AS p LEFT JOIN funnel_scoped AS f ON p.book = f.book AND f.scope = 'book';
CREATE OR REPLACE VIEW funnel_by_day AS SELECT scope_key AS day, * EXCLUDE (scope, scope_key) FROM funnel_scoped WHERE scope = 'day' ORDER BY book, day;
CREATE OR REPLACE VIEW funnel_by_campaign AS
SELECT f.scope_key AS campaign, c.title, f.* EXCLUDE (scope, scope_key)
FROM funnel_scoped AS f LEFT JOIN campaigns AS c ON f.book = c.book AND f.scope_key = c.campaign
WHERE f.scope = 'campaign' ORDER BY f.book, payers DESC;
CREATE OR REPLACE VIEW funnel_by_source AS SELECT scope_key AS source, * EXCLUDE (scope, scope_key) FROM funnel_scoped WHERE scope = 'source' ORDER BY book, source;

-- Refunds ----------------------------------------------------------------------------------------------------

CREATE OR REPLACE VIEW refund_rates AS
SELECT p.book,
       coalesce(f.orders, 0) AS refund_rate_orders_numerator, coalesce(s.paid_orders, 0) AS refund_rate_orders_denominator,
       coalesce(f.units, 0) AS refund_rate_units_numerator, coalesce(l.units, 0) AS refund_rate_units_denominator,
       coalesce(s.refunded_of_orders, 0) AS refund_rate_amount_numerator, coalesce(s.gmv_paid, 0) AS refund_rate_amount_denominator,
       coalesce(w.return_shipping, 0) AS return_shipping,
       100 * coalesce(w.return_shipping, 0) AS return_shipping_per_100_orders_numerator,
       coalesce(s.paid_orders, 0) AS return_shipping_per_100_orders_denominator,
       coalesce(w.compensation, 0) AS compensation
FROM span AS p
LEFT JOIN sales_scoped AS s ON p.book = s.book AND s.scope = 'book'
LEFT JOIN (SELECT book, sum(quantity) AS units FROM lines_paid_w GROUP BY book) AS l ON p.book = l.book
LEFT JOIN (SELECT book, sum(return_shipping_minor) AS return_shipping, sum(compensation_minor) AS compensation
           FROM refunds_w GROUP BY book) AS w ON p.book = w.book
-- Orders paid in the window that have units refunded and not undone, whenever that was.
LEFT JOIN (SELECT book, count(*) AS orders, sum(units) AS units
           FROM (SELECT r.book, r.order_id, sum(r.units) AS units
                 FROM refunds_t AS r JOIN paid_w AS o ON r.book = o.book AND r.order_id = o.order_id
                 GROUP BY r.book, r.order_id) AS by_order
           WHERE units > 0 GROUP BY book) AS f ON p.book = f.book;

CREATE OR REPLACE VIEW return_shipping_by_bearer AS
SELECT book, return_shipping_borne_by AS role, return_shipping_bearer AS party,
       sum(sign(return_shipping_minor)) AS returns_reimbursed, sum(return_shipping_minor) AS return_shipping
FROM refunds_w WHERE return_shipping_minor <> 0
GROUP BY book, return_shipping_borne_by, return_shipping_bearer HAVING sum(return_shipping_minor) <> 0
ORDER BY book, return_shipping DESC;

CREATE OR REPLACE VIEW return_shipping_by_item AS
SELECT l.book, l.campaign, c.title, l.sku, i.title AS item,
       sum(sign(l.return_shipping_minor)) AS returns_reimbursed, sum(l.return_shipping_minor) AS return_shipping
FROM refund_lines_w AS l
JOIN campaigns AS c ON l.book = c.book AND l.campaign = c.campaign
JOIN items AS i ON l.book = i.book AND l.campaign = i.campaign AND l.sku = i.sku
WHERE l.return_shipping_minor <> 0
GROUP BY l.book, l.campaign, c.title, l.sku, i.title HAVING sum(l.return_shipping_minor) <> 0
ORDER BY l.book, return_shipping DESC;

-- Buyers -----------------------------------------------------------------------------------------------------

-- The next order is one of a later instant, or of a later day.
CREATE OR REPLACE VIEW repeat_curve AS
SELECT s.book, d.days, count(b.buyer) AS buyers_so_far,
       sum(CASE WHEN b.next_at <= b.first_at + d.days * INTERVAL 24 HOUR THEN 1 ELSE 0 END) AS again_within,
       sum(CASE WHEN b.next_at <= b.first_at + d.days * INTERVAL 24 HOUR THEN 1 ELSE 0 END) AS again_share_numerator,
       count(b.buyer) AS again_share_denominator,
       sum(CASE WHEN b.later_day - b.first_day <= d.days THEN 1 ELSE 0 END) AS later_day_within,
       sum(CASE WHEN b.later_day - b.first_day <= d.days THEN 1 ELSE 0 END) AS later_day_share_numerator,
       count(b.buyer) AS later_day_share_denominator
FROM span AS s CROSS JOIN repeat_days AS d
LEFT JOIN (SELECT f.book, f.buyer, f.first_at, f.first_day, min(CASE WHEN p.at_utc > f.first_at THEN p.at_utc END) AS next_at,
                  min(CASE WHEN p.day > f.first_day THEN p.day END) AS later_day
           FROM buyers_t AS f JOIN purchases_t AS p ON f.book = p.book AND f.buyer = p.buyer
           GROUP BY f.book, f.buyer, f.first_at, f.first_day) AS b ON s.book = b.book
GROUP BY s.book, d.days ORDER BY s.book, d.days;

CREATE OR REPLACE VIEW orders_per_buyer AS
SELECT book, orders, count(*) AS buyers_with_so_many
FROM (SELECT book, buyer, count(*) AS orders FROM paid_w WHERE buyer IS NOT NULL GROUP BY book, buyer) AS counted
GROUP BY book, orders ORDER BY book, orders;

-- Each purchase's period: a month, or a week from Monday. Consecutive ones have consecutive numbers.
-- Not plain SQL: date_trunc of a day, // for whole division; in Spark DIV.
CREATE OR REPLACE VIEW periods_t AS
SELECT p.book, p.buyer, p.number,
       CASE WHEN s.cohorts = 'week' THEN strftime(CAST(date_trunc('week', p.day) AS DATE), '%Y-%m-%d') ELSE p.month END AS name,
       CASE WHEN s.cohorts = 'week' THEN (CAST(date_trunc('week', p.day) AS DATE) - DATE '1970-01-05') // 7
            ELSE 12 * year(p.day) + month(p.day) END AS period,
       CASE WHEN s.cohorts = 'week' THEN (CAST(date_trunc('week', s.as_of) AS DATE) - DATE '1970-01-05') // 7
            ELSE 12 * year(s.as_of) + month(s.as_of) END AS last_period
FROM purchases_t AS p JOIN span AS s ON p.book = s.book;

-- Not plain SQL: unnest(range()); in Spark explode(sequence()).
CREATE OR REPLACE VIEW cohorts AS
SELECT c.book, c.cohort, c.size, c.period, coalesce(a.active, 0) AS active,
       coalesce(a.active, 0) AS cohort_share_numerator, c.size AS cohort_share_denominator
FROM (SELECT book, name AS cohort, period AS start, count(*) AS size, unnest(range(0, last_period - period + 1)) AS period
      FROM periods_t WHERE number = 1 GROUP BY book, name, period, last_period) AS c
LEFT JOIN (SELECT f.book, f.period AS start, p.period - f.period AS period, count(DISTINCT p.buyer) AS active
           FROM periods_t AS f JOIN periods_t AS p ON f.book = p.book AND f.buyer = p.buyer
           WHERE f.number = 1 GROUP BY f.book, f.period, p.period - f.period) AS a
  ON c.book = a.book AND c.start = a.start AND c.period = a.period
ORDER BY c.book, c.cohort, c.period;

-- Joins and leaves that changed something: joining twice without leaving between is joining once.
CREATE OR REPLACE VIEW membership_t AS
SELECT book, member, invited_by, position, event, at_utc, day, CASE WHEN name = 'joined' THEN 1 ELSE -1 END AS change
FROM (SELECT book, person AS member, other AS invited_by, position, event, at_utc, day, name,
             lag(name) OVER (PARTITION BY book, person ORDER BY at_utc, position, event) AS before
      FROM activity_t WHERE name IN ('joined', 'left')) AS changes
WHERE name <> coalesce(before, 'left');

CREATE OR REPLACE VIEW members_t AS
SELECT book, member FROM membership_t GROUP BY book, member HAVING sum(change) > 0;

-- Who left, when last, and didn't come back.
CREATE OR REPLACE VIEW left_t AS
SELECT book, member, at_utc FROM (
    SELECT book, person AS member, at_utc, name,
           row_number() OVER (PARTITION BY book, person ORDER BY at_utc DESC, position DESC, event DESC) AS latest
    FROM activity_t WHERE name IN ('joined', 'left')) AS last
WHERE latest = 1 AND name = 'left';

-- Where each buyer stands on the last day covered.
-- Score: 1 + floor(5 x buyers strictly worse / all). rank() - 1 of an ascending order counts those.
CREATE OR REPLACE VIEW by_buyer AS
SELECT book, buyer, orders_so_far, paid_so_far, net_of_buyers, first_day, last_buying_day, recency_days, state,
       1 + (5 * (rank() OVER (PARTITION BY book ORDER BY last_buying_day) - 1)) // count(*) OVER (PARTITION BY book) AS recency_score,
       1 + (5 * (rank() OVER (PARTITION BY book ORDER BY orders_so_far) - 1)) // count(*) OVER (PARTITION BY book) AS frequency_score,
       1 + (5 * (rank() OVER (PARTITION BY book ORDER BY net_of_buyers) - 1)) // count(*) OVER (PARTITION BY book) AS monetary_score
FROM (SELECT b.book, b.buyer, b.orders AS orders_so_far, b.paid AS paid_so_far, b.paid - coalesce(r.refunded, 0) AS net_of_buyers,
             b.first_day, b.last_day AS last_buying_day, p.as_of - b.last_day AS recency_days,
             CASE WHEN l.at_utc >= b.last_at OR p.as_of - b.last_day >= p.sleeping_days THEN 'lost'
                  WHEN p.as_of - b.first_day < p.new_days THEN 'new'
                  WHEN p.as_of - b.last_day < p.active_days THEN 'active' ELSE 'sleeping' END AS state
      FROM buyers_t AS b JOIN span AS p ON b.book = p.book
      LEFT JOIN left_t AS l ON b.book = l.book AND b.buyer = l.member
      LEFT JOIN (SELECT book, buyer, sum(goods_minor + shipping_fee_minor) AS refunded FROM refunds_t
                 WHERE buyer IS NOT NULL GROUP BY book, buyer) AS r ON b.book = r.book AND b.buyer = r.buyer) AS standing
ORDER BY book, net_of_buyers DESC;

CREATE OR REPLACE VIEW lifecycle AS
SELECT s.book, s.state, count(b.buyer) AS buyers_so_far, count(b.buyer) AS lifecycle_share_numerator,
       (SELECT count(*) FROM buyers_t AS n WHERE n.book = s.book) AS lifecycle_share_denominator
FROM (SELECT p.book, given.place, given.state FROM span AS p
      CROSS JOIN (VALUES (0, 'new'), (1, 'active'), (2, 'sleeping'), (3, 'lost')) AS given(place, state)) AS s
LEFT JOIN by_buyer AS b ON s.book = b.book AND s.state = b.state
GROUP BY s.book, s.place, s.state ORDER BY s.book, s.place;

CREATE OR REPLACE VIEW rfm AS
SELECT book, recency_score, frequency_score, monetary_score, count(*) AS buyers_so_far, sum(net_of_buyers) AS net_of_buyers
FROM by_buyer GROUP BY book, recency_score, frequency_score, monetary_score
ORDER BY book, recency_score DESC, frequency_score DESC, monetary_score DESC;

-- Leaderboards -----------------------------------------------------------------------------------------------

-- Each buyer's first paid order of all, where it is in the window.
CREATE OR REPLACE VIEW firsts_w AS
SELECT f.* FROM purchases_t AS f JOIN span AS s ON f.book = s.book AND f.day BETWEEN s.from_day AND s.as_of WHERE f.number = 1;

CREATE OR REPLACE VIEW leader_figures AS
SELECT book, leader, sum(net_sales) AS net_sales, sum(units) AS units, sum(paid_orders) AS paid_orders, sum(buyers) AS buyers,
       sum(new_buyers) AS new_buyers
FROM (SELECT book, leader, net_sales, units, paid_orders, buyers, 0 AS new_buyers FROM by_leader
      UNION ALL SELECT book, seller, 0, 0, 0, 0, 1 FROM firsts_w) AS facts
GROUP BY book, leader;

CREATE OR REPLACE VIEW leaderboard AS
SELECT book, rank() OVER (PARTITION BY book ORDER BY net_sales DESC) AS rank, leader, net_sales, units, new_buyers,
       rank() OVER (PARTITION BY book ORDER BY units DESC) AS rank_by_units,
       rank() OVER (PARTITION BY book ORDER BY new_buyers DESC) AS rank_by_new_buyers
FROM leader_figures ORDER BY book, rank;

CREATE OR REPLACE VIEW campaign_board AS
SELECT c.book, rank() OVER (PARTITION BY c.book ORDER BY c.net_sales DESC) AS rank, c.campaign, c.title, c.net_sales, c.units, c.buyers,
       coalesce(n.new_buyers, 0) AS new_buyers,
       rank() OVER (PARTITION BY c.book ORDER BY c.units DESC) AS rank_by_units,
       rank() OVER (PARTITION BY c.book ORDER BY coalesce(n.new_buyers, 0) DESC) AS rank_by_new_buyers
FROM by_campaign AS c
LEFT JOIN (SELECT book, campaign, count(*) AS new_buyers FROM firsts_w GROUP BY book, campaign) AS n
  ON c.book = n.book AND c.campaign = n.campaign
ORDER BY c.book, rank;

CREATE OR REPLACE VIEW item_figures AS
SELECT book, campaign, sku, sum(net) AS net_sales, sum(units) AS units, sum(paid_units) AS paid_units, sum(new_buyers) AS new_buyers
FROM (SELECT book, campaign, sku, paid_minor AS net, quantity AS units, quantity AS paid_units, 0 AS new_buyers FROM lines_paid_w
      UNION ALL SELECT book, campaign, sku, -paid_minor, -units, 0, 0 FROM refund_lines_w
      -- Whose first paid order contained it.
      UNION ALL SELECT l.book, l.campaign, l.sku, 0, 0, 0, 1
      FROM firsts_w AS f JOIN lines_paid AS l ON f.book = l.book AND f.order_id = l.order_id) AS facts
GROUP BY book, campaign, sku;

CREATE OR REPLACE VIEW item_board AS
SELECT f.book, rank() OVER (PARTITION BY f.book ORDER BY f.net_sales DESC) AS rank, f.campaign, c.title, f.sku, i.title AS item,
       f.net_sales AS net_goods, f.units, f.new_buyers,
       rank() OVER (PARTITION BY f.book ORDER BY f.units DESC) AS rank_by_units,
       rank() OVER (PARTITION BY f.book ORDER BY f.new_buyers DESC) AS rank_by_new_buyers
FROM item_figures AS f
JOIN campaigns AS c ON f.book = c.book AND f.campaign = c.campaign
JOIN items AS i ON f.book = i.book AND f.campaign = i.campaign AND f.sku = i.sku
ORDER BY f.book, rank;

-- The two leaders of the settings; who is strictly ahead in how many figures. Empty where none were named.
CREATE OR REPLACE VIEW pk AS
SELECT book, leader, net_sales, units, paid_orders, buyers, new_buyers,
       CASE WHEN net_sales > o_net_sales THEN 1 ELSE 0 END + CASE WHEN units > o_units THEN 1 ELSE 0 END
       + CASE WHEN paid_orders > o_paid_orders THEN 1 ELSE 0 END + CASE WHEN buyers > o_buyers THEN 1 ELSE 0 END
       + CASE WHEN new_buyers > o_new_buyers THEN 1 ELSE 0 END AS wins
FROM (SELECT k.book, k.place, k.own AS leader, coalesce(m.net_sales, 0) AS net_sales, coalesce(m.units, 0) AS units,
             coalesce(m.paid_orders, 0) AS paid_orders, coalesce(m.buyers, 0) AS buyers, coalesce(m.new_buyers, 0) AS new_buyers,
             coalesce(o.net_sales, 0) AS o_net_sales, coalesce(o.units, 0) AS o_units,
             coalesce(o.paid_orders, 0) AS o_paid_orders, coalesce(o.buyers, 0) AS o_buyers, coalesce(o.new_buyers, 0) AS o_new_buyers
      FROM (SELECT book, 1 AS place, pk_left AS own, pk_right AS other FROM span
            UNION ALL SELECT book, 2, pk_right, pk_left FROM span) AS k
      LEFT JOIN leader_figures AS m ON k.book = m.book AND k.own = m.leader
      LEFT JOIN leader_figures AS o ON k.book = o.book AND k.other = o.leader
      WHERE k.own IS NOT NULL AND k.other IS NOT NULL) AS compared
ORDER BY book, place;

CREATE OR REPLACE VIEW leader_efficiency AS
SELECT s.book, coalesce(a.days, 0) AS active_leader_days, coalesce(n.net_sales, 0) AS leader_efficiency_numerator,
       coalesce(a.days, 0) AS leader_efficiency_denominator
FROM span AS s
LEFT JOIN (SELECT book, count(*) AS days FROM (SELECT DISTINCT book, seller, day FROM paid_w) AS active GROUP BY book) AS a ON s.book = a.book
LEFT JOIN sales AS n ON s.book = n.book;

-- A campaign with a presale is on sale from the day on which it was decided to open; one that was dropped never.
CREATE OR REPLACE VIEW on_sale AS
SELECT c.book, c.campaign, c.closes_day, CASE WHEN d.day > c.opens_day THEN d.day ELSE c.opens_day END AS on_sale_day
FROM campaigns AS c
LEFT JOIN (SELECT book, campaign, min(day) AS day FROM campaign_steps WHERE step = 'presale_decided' AND yes GROUP BY book, campaign) AS d
  ON c.book = d.book AND c.campaign = d.campaign
WHERE NOT c.presale OR d.day IS NOT NULL;

CREATE OR REPLACE VIEW sell_through AS
SELECT s.book, count(i.sku) AS items_on_sale, count(f.sku) AS items_sold,
       count(f.sku) AS sell_through_numerator, count(i.sku) AS sell_through_denominator
FROM span AS s
LEFT JOIN on_sale AS c ON s.book = c.book AND c.on_sale_day <= s.as_of AND c.closes_day >= s.from_day AND c.on_sale_day <= c.closes_day
LEFT JOIN items AS i ON c.book = i.book AND c.campaign = i.campaign
LEFT JOIN item_figures AS f ON i.book = f.book AND i.campaign = f.campaign AND i.sku = f.sku AND f.paid_units > 0
GROUP BY s.book;

-- Money ------------------------------------------------------------------------------------------------------

CREATE OR REPLACE VIEW commissions AS
SELECT book, role, party,
       sum(CASE WHEN base = 'goods' THEN amount_minor ELSE 0 END) AS goods_part,
       sum(CASE WHEN base = 'shipping' THEN amount_minor ELSE 0 END) AS shipping_part,
       sum(CASE WHEN base = 'discount' THEN amount_minor ELSE 0 END) AS discount_part,
       sum(CASE WHEN base = 'goodwill' THEN amount_minor ELSE 0 END) AS goodwill_part,
       sum(CASE WHEN base = 'return_shipping' THEN amount_minor ELSE 0 END) AS return_shipping_part,
       sum(CASE WHEN base = 'compensation' THEN amount_minor ELSE 0 END) AS compensation_part,
       sum(CASE WHEN base = 'fee' THEN amount_minor ELSE 0 END) AS fee_part,
       sum(amount_minor) AS part_total
-- Money that only changes its pocket is nobody's gain.
FROM parts_w WHERE base <> 'balance' AND amount_minor <> 0
GROUP BY book, role, party ORDER BY book, role, party;

CREATE OR REPLACE VIEW results_w AS
SELECT book, account, campaign, CASE WHEN kind = 'income' THEN -amount_minor ELSE 0 END AS income,
       CASE WHEN kind = 'expense' THEN amount_minor ELSE 0 END AS expense
FROM postings_w WHERE kind IN ('income', 'expense');

CREATE OR REPLACE VIEW margin_total AS
SELECT s.book, coalesce(sum(r.income), 0) AS income, coalesce(sum(r.expense), 0) AS expense,
       coalesce(sum(r.income - r.expense), 0) AS margin,
       coalesce(sum(r.income - r.expense), 0) AS margin_rate_numerator, coalesce(sum(r.income), 0) AS margin_rate_denominator
FROM span AS s LEFT JOIN results_w AS r ON s.book = r.book GROUP BY s.book;

CREATE OR REPLACE VIEW margin_by_account AS
SELECT book, account, sum(income - expense) AS result FROM results_w GROUP BY book, account ORDER BY book, account;

CREATE OR REPLACE VIEW margin_by_campaign AS
SELECT r.book, r.campaign, c.title, sum(r.income) AS income, sum(r.expense) AS expense, sum(r.income - r.expense) AS margin
FROM results_w AS r LEFT JOIN campaigns AS c ON r.book = c.book AND r.campaign = c.campaign
GROUP BY r.book, r.campaign, c.title ORDER BY r.book, margin DESC;

CREATE OR REPLACE VIEW trial_balance AS
SELECT book, account, sum(amount_minor) AS balance FROM postings GROUP BY book, account HAVING sum(amount_minor) <> 0
ORDER BY book, account;

CREATE OR REPLACE VIEW suspense AS
SELECT s.book, coalesce(sum(CASE WHEN p.day >= s.from_day THEN -p.amount_minor END), 0) AS suspense_change,
       coalesce(sum(-p.amount_minor), 0) AS suspense_balance
FROM span AS s LEFT JOIN postings AS p ON s.book = p.book AND p.kind = 'suspense' AND p.day <= s.as_of GROUP BY s.book;

CREATE OR REPLACE VIEW suspense_by_month AS
SELECT book, month, sum(-amount_minor) AS suspense_change FROM postings_w WHERE kind = 'suspense' GROUP BY book, month ORDER BY book, month;

-- Exposure ---------------------------------------------------------------------------------------------------
-- Paid orders, neither settled, cancelled nor expired, with units left whose after-sales window is open on the last
-- day. Received, refunded and settled are as of the last record.

-- A line is whole with the buyer when what was received and hasn't come back reaches what is left of it.
CREATE OR REPLACE VIEW lines_left AS
SELECT p.book, p.order_id, p.paid_minor - coalesce(r.paid, 0) AS returnable, p.quantity - coalesce(r.units, 0) AS units_left,
       coalesce(g.units, 0) - coalesce(r.came_back, 0) AS with_buyer
FROM lines_paid AS p
LEFT JOIN (SELECT book, order_id, sku, sum(units) AS units, sum(paid_minor) AS paid, sum(received) AS came_back
           FROM refund_lines GROUP BY book, order_id, sku) AS r ON p.book = r.book AND p.order_id = r.order_id AND p.sku = r.sku
LEFT JOIN (SELECT book, order_id, sku, sum(quantity) AS units FROM order_steps
           WHERE step IN ('received', 'picked_up') GROUP BY book, order_id, sku) AS g
  ON p.book = g.book AND p.order_id = g.order_id AND p.sku = g.sku;

CREATE OR REPLACE VIEW exposed_orders AS
SELECT o.book, o.order_id, o.campaign, coalesce(max(n.shipped), 0) AS shipped, sum(l.returnable) AS returnable
FROM paid_t AS o
JOIN span AS s ON o.book = s.book
LEFT JOIN (SELECT book, order_id, max(CASE WHEN step IN ('settled', 'cancelled', 'expired') THEN 1 ELSE 0 END) AS done,
                  max(CASE WHEN step IN ('shipped', 'arrived') THEN 1 ELSE 0 END) AS shipped, max(window_ends_day) AS ends
           FROM order_steps GROUP BY book, order_id) AS n ON o.book = n.book AND o.order_id = n.order_id
JOIN lines_left AS l ON o.book = l.book AND o.order_id = l.order_id
WHERE coalesce(n.done, 0) = 0
GROUP BY o.book, o.order_id, o.campaign, s.as_of, n.ends
HAVING max(l.units_left) > 0 AND (n.ends IS NULL OR n.ends >= s.as_of OR max(CASE WHEN l.with_buyer < l.units_left THEN 1 ELSE 0 END) = 1);

-- What each role holds of an order's goods.
CREATE OR REPLACE VIEW held_goods AS
SELECT p.book, p.order_id, p.role, sum(p.amount_minor) AS held,
       CASE p.role WHEN 'supplier' THEN 0 WHEN 'owner' THEN 1 WHEN 'seller' THEN 2 WHEN 'upline' THEN 3 ELSE 4 END AS place
FROM parts AS p JOIN exposed_orders AS e ON p.book = e.book AND p.order_id = e.order_id
WHERE p.base IN ('goods', 'discount') GROUP BY p.book, p.order_id, p.role;

-- Orders whose holdings aren't what can come back: one party bore a refund whole, which reverses no part.
CREATE OR REPLACE VIEW reallocated_orders AS
SELECT e.book, e.order_id, e.returnable, coalesce(sum(CASE WHEN h.held > 0 THEN h.held ELSE 0 END), 0) AS weight
FROM exposed_orders AS e LEFT JOIN held_goods AS h ON e.book = h.book AND e.order_id = h.order_id
GROUP BY e.book, e.order_id, e.returnable HAVING coalesce(sum(h.held), 0) <> e.returnable;

-- It is shared over the roles that hold something, by largest remainder, a tie to the role that stands first; the
-- operator's where none does.
CREATE OR REPLACE VIEW reallocated_goods AS
SELECT book, order_id, role,
       floor_part + CASE WHEN row_number() OVER (PARTITION BY book, order_id ORDER BY remainder DESC, place)
                              <= returnable - sum(floor_part) OVER (PARTITION BY book, order_id) THEN 1 ELSE 0 END AS exposed_goods
FROM (SELECT h.book, h.order_id, h.role, h.place, r.returnable,
             (r.returnable * h.held) // r.weight AS floor_part, (r.returnable * h.held) % r.weight AS remainder
      FROM held_goods AS h JOIN reallocated_orders AS r ON h.book = r.book AND h.order_id = r.order_id
      WHERE h.held > 0) AS shares
UNION ALL
SELECT book, order_id, 'operator', returnable FROM reallocated_orders WHERE weight = 0;

CREATE OR REPLACE VIEW exposure_facts AS
SELECT book, order_id, role, exposed_goods, 0 AS exposed_shipping_fee, 0 AS exposed_return_shipping FROM reallocated_goods
UNION ALL
SELECT h.book, h.order_id, h.role, h.held, 0, 0
FROM held_goods AS h LEFT JOIN reallocated_orders AS r ON h.book = r.book AND h.order_id = r.order_id
WHERE r.order_id IS NULL
UNION ALL
-- As long as nothing was shipped, the fee goes back with the last unit.
SELECT e.book, e.order_id, c.shipping_to, 0, p.amount_minor, 0
FROM exposed_orders AS e
JOIN campaigns AS c ON e.book = c.book AND e.campaign = c.campaign
JOIN parts AS p ON e.book = p.book AND e.order_id = p.order_id AND p.base = 'shipping'
WHERE e.shipped = 0
UNION ALL
-- Then one return at the cap of the terms.
SELECT e.book, e.order_id, c.return_shipping_borne_by, 0, 0, c.return_shipping_cap_minor
FROM exposed_orders AS e JOIN campaigns AS c ON e.book = c.book AND e.campaign = c.campaign
WHERE e.shipped = 1 AND c.return_shipping_cap_minor <> 0;

CREATE OR REPLACE VIEW exposure_total AS
SELECT s.book, (SELECT count(*) FROM exposed_orders AS e WHERE e.book = s.book) AS exposed_orders,
       coalesce(sum(f.exposed_goods), 0) AS exposed_goods, coalesce(sum(f.exposed_shipping_fee), 0) AS exposed_shipping_fee,
       coalesce(sum(f.exposed_return_shipping), 0) AS exposed_return_shipping
FROM span AS s LEFT JOIN exposure_facts AS f ON s.book = f.book GROUP BY s.book;

CREATE OR REPLACE VIEW exposure AS
SELECT f.book, f.role, f.party, sum(f.exposed_goods) AS exposed_goods, sum(f.exposed_shipping_fee) AS exposed_shipping_fee,
       sum(f.exposed_return_shipping) AS exposed_return_shipping
FROM (SELECT x.book, x.role, x.order_id, x.exposed_goods, x.exposed_shipping_fee, x.exposed_return_shipping,
             coalesce(CASE x.role WHEN 'supplier' THEN o.supplier WHEN 'owner' THEN o.owner WHEN 'seller' THEN o.seller
                                  WHEN 'upline' THEN o.upline END, b.operator) AS party
      FROM (SELECT book, order_id, role, sum(exposed_goods) AS exposed_goods, sum(exposed_shipping_fee) AS exposed_shipping_fee,
                   sum(exposed_return_shipping) AS exposed_return_shipping
            FROM exposure_facts GROUP BY book, order_id, role) AS x
      JOIN orders_placed AS o ON x.book = o.book AND x.order_id = o.order_id
      JOIN books AS b ON x.book = b.book
      WHERE x.exposed_goods <> 0 OR x.exposed_shipping_fee <> 0 OR x.exposed_return_shipping <> 0) AS f
GROUP BY f.book, f.role, f.party ORDER BY f.book, f.role, f.party;

-- The group --------------------------------------------------------------------------------------------------

CREATE OR REPLACE VIEW membership_w AS
SELECT m.* FROM membership_t AS m JOIN span AS s ON m.book = s.book AND m.day >= s.from_day;

CREATE OR REPLACE VIEW growth_by_day AS
SELECT d.book, strftime(d.day, '%Y-%m-%d') AS day, d.joins, d.leaves,
       (SELECT sum(m.change) FROM membership_t AS m WHERE m.book = d.book AND m.day <= d.day) AS members_at_end
FROM (SELECT book, day, sum(CASE WHEN change > 0 THEN 1 ELSE 0 END) AS joins, sum(CASE WHEN change < 0 THEN 1 ELSE 0 END) AS leaves
      FROM membership_w GROUP BY book, day) AS d
ORDER BY d.book, d.day;

CREATE OR REPLACE VIEW inviters AS
SELECT book, rank() OVER (PARTITION BY book ORDER BY invited_joins DESC) AS inviter_rank, inviter, invited_joins, invited_buyers
FROM (SELECT m.book, m.invited_by AS inviter, count(*) AS invited_joins, count(DISTINCT b.buyer) AS invited_buyers
      FROM membership_w AS m LEFT JOIN buyers_t AS b ON m.book = b.book AND m.member = b.buyer
      WHERE m.change > 0 AND m.invited_by IS NOT NULL GROUP BY m.book, m.invited_by) AS counted
ORDER BY book, inviter_rank, invited_buyers DESC, inviter;

-- Of each member: bought at all; seen or bought in the last days of the lifecycle.
CREATE OR REPLACE VIEW member_figures AS
SELECT m.book, count(*) AS members, count(b.buyer) AS buyers,
       sum(CASE WHEN s.as_of - b.last_day < s.sleeping_days OR s.as_of - v.last_seen < s.sleeping_days THEN 0 ELSE 1 END) AS silent
FROM members_t AS m
JOIN span AS s ON m.book = s.book
LEFT JOIN buyers_t AS b ON m.book = b.book AND m.member = b.buyer
LEFT JOIN (SELECT book, person, max(day) AS last_seen FROM activity_t WHERE name IN ('visited', 'shortlisted')
           GROUP BY book, person) AS v ON m.book = v.book AND m.member = v.person
GROUP BY m.book;

-- The latest rating of each review; the earliest entry of each complaint, resolution and suggestion: by time.
CREATE OR REPLACE VIEW voices AS
SELECT book, name, subject, rating, day FROM (
    SELECT book, name, subject, rating, day,
           row_number() OVER (PARTITION BY book, name, subject ORDER BY at_utc, position, event) AS first,
           row_number() OVER (PARTITION BY book, name, subject ORDER BY at_utc DESC, position DESC, event DESC) AS last
    FROM activity WHERE name IN ('reviewed', 'complained', 'complaint_resolved', 'suggested')) AS numbered
WHERE (name = 'reviewed' AND last = 1) OR (name <> 'reviewed' AND first = 1);

CREATE OR REPLACE VIEW voice_figures AS
SELECT v.book, sum(CASE WHEN v.name = 'reviewed' THEN 1 ELSE 0 END) AS reviews,
       sum(CASE WHEN v.rating = 'good' THEN 1 ELSE 0 END) AS good, sum(CASE WHEN v.rating = 'neutral' THEN 1 ELSE 0 END) AS neutral,
       sum(CASE WHEN v.rating = 'bad' THEN 1 ELSE 0 END) AS bad,
       sum(CASE WHEN v.name = 'complained' THEN 1 ELSE 0 END) AS complaints,
       sum(CASE WHEN v.name = 'complained' AND r.day <= s.as_of THEN 1 ELSE 0 END) AS resolved,
       sum(CASE WHEN v.name = 'suggested' THEN 1 ELSE 0 END) AS suggestions
FROM voices AS v JOIN span AS s ON v.book = s.book AND v.day BETWEEN s.from_day AND s.as_of
LEFT JOIN voices AS r ON v.book = r.book AND v.subject = r.subject AND v.name = 'complained' AND r.name = 'complaint_resolved'
GROUP BY v.book;

CREATE OR REPLACE VIEW community AS
SELECT s.book, coalesce(f.members, 0) AS members, coalesce(g.joins, 0) AS joins, coalesce(g.leaves, 0) AS leaves,
       coalesce(i.invitations, 0) AS invitations, coalesce(g.invited_joins, 0) AS invited_joins,
       coalesce(f.buyers, 0) AS buyers_among_members, coalesce(f.members - f.buyers, 0) AS never_bought,
       coalesce(f.silent, 0) AS silent_members,
       coalesce(v.reviews, 0) AS reviews, coalesce(v.good, 0) AS good_reviews, coalesce(v.neutral, 0) AS neutral_reviews,
       coalesce(v.bad, 0) AS bad_reviews, coalesce(v.good, 0) AS good_rate_numerator, coalesce(v.reviews, 0) AS good_rate_denominator,
       coalesce(o.received, 0) AS received_orders,
       coalesce(v.complaints, 0) AS complaints, coalesce(v.resolved, 0) AS complaints_resolved,
       coalesce(v.complaints, 0) AS complaint_rate_numerator, coalesce(o.received, 0) AS complaint_rate_denominator,
       coalesce(v.suggestions, 0) AS suggestions,
       coalesce(v.suggestions, 0) AS suggestion_rate_numerator, coalesce(o.received, 0) AS suggestion_rate_denominator
FROM span AS s
LEFT JOIN member_figures AS f ON s.book = f.book
LEFT JOIN (SELECT book, sum(CASE WHEN change > 0 THEN 1 ELSE 0 END) AS joins, sum(CASE WHEN change < 0 THEN 1 ELSE 0 END) AS leaves,
                  sum(CASE WHEN change > 0 AND invited_by IS NOT NULL THEN 1 ELSE 0 END) AS invited_joins
           FROM membership_w GROUP BY book) AS g ON s.book = g.book
LEFT JOIN (SELECT book, count(*) AS invitations FROM activity_w WHERE name = 'invited' GROUP BY book) AS i ON s.book = i.book
LEFT JOIN voice_figures AS v ON s.book = v.book
-- By the day of the first receipt.
LEFT JOIN (SELECT r.book, count(*) AS received
           FROM (SELECT book, order_id, min(day) AS day FROM order_steps WHERE step IN ('received', 'picked_up') GROUP BY book, order_id) AS r
           JOIN span AS w ON r.book = w.book AND r.day BETWEEN w.from_day AND w.as_of GROUP BY r.book) AS o ON s.book = o.book;

-- Books side by side.
CREATE OR REPLACE VIEW groups AS
SELECT s.*, f.* EXCLUDE (book), r.* EXCLUDE (book)
FROM sales AS s JOIN funnel AS f ON s.book = f.book JOIN refund_rates AS r ON s.book = r.book ORDER BY s.book;
