-- id: rigid-medical-spending
-- version: 1
-- procedure: help
-- subject: household
-- sensitivity: health
-- title: 家庭医疗支出负担过重
-- why: 近{months}个月家庭自付医疗费用合计{self_paid_fen}元（结算日{first_on}[至{last_on}]，含已故成员），达到关注标准{threshold_fen}元，且不低于家庭收入（按目前已知月收入推算{months}个月）的{percent}%（已知月收入{monthly_fen}元，推算收入的{percent}%为{share_fen}元）。该家庭未纳入低收入救助。
-- legal-basis: 《社会救助暂行办法》（国务院令第649号）；民政部《刚性支出困难家庭认定办法》（2024年）；《国务院办公厅关于健全重特大疾病医疗保险和救助制度的意见》（国办发〔2021〕42号）
-- feeds: medical-insurance, social-security, registry, police
-- due: 10 working days
-- occasion: event
-- clears: 家庭纳入低收入救助，结算被冲销或超过期限后自付金额低于标准，或已知收入提高使占比低于标准

-- Income known is that of the day, taken for every month of the window: the domain knows no other.
-- Small bills are links: each month brings some, and they change little.
-- The occasion is the day's year: a family that was handled once is looked at again when none of those bills counts any
-- more. As long as one does, a finding of the next year is the same case (they share it), which only a new large bill
-- re-opens.
WITH spent AS (
    SELECT s.household,
           sum(s.self_paid_fen)        AS self_paid_fen,
           min(s.on_day)               AS first_on,
           max(s.on_day)               AS last_on,
           array_agg(s.fact) FILTER (WHERE s.self_paid_fen >= q.reopening_self_pay_fen) AS facts_large,
           array_agg(s.fact)           AS facts_settlement,
           array_agg(p.fact_household) AS facts_household
    FROM settlement s
    JOIN person p ON p.person = s.person
    CROSS JOIN clock c
    CROSS JOIN parameter q
    WHERE s.on_day > add_months(c.as_of, -q.rigid_spending_months)
    GROUP BY s.household
), earned AS (
    SELECT i.household,
           sum(i.monthly_fen)          AS monthly_fen,
           array_agg(i.fact)           AS facts_income,
           array_agg(p.fact_household) AS facts_household
    FROM income i
    JOIN person p ON p.person = i.person
    GROUP BY i.household
)
SELECT h.household                AS subject,
       c.year                     AS occasion,
       q.rigid_spending_months    AS months,
       s.self_paid_fen            AS self_paid_fen,
       s.first_on                 AS first_on,
       nullif(s.last_on, s.first_on) AS last_on,
       q.rigid_spending_fen       AS threshold_fen,
       coalesce(e.monthly_fen, 0) AS monthly_fen,
       q.rigid_spending_percent   AS percent,
       coalesce(e.monthly_fen, 0) * q.rigid_spending_months * q.rigid_spending_percent / 100 AS share_fen,
       s.facts_large              AS triggers_settlement,
       s.facts_settlement         AS links_settlement,
       e.facts_income             AS facts_income,
       s.facts_household          AS facts_household,
       e.facts_household          AS facts_household_of_income
FROM household h
JOIN spent s ON s.household = h.household
LEFT JOIN earned e ON e.household = h.household
CROSS JOIN clock c
CROSS JOIN parameter q
WHERE NOT h.low_income
  AND s.self_paid_fen >= q.rigid_spending_fen
  AND s.self_paid_fen * 100 >= coalesce(e.monthly_fen, 0) * q.rigid_spending_months * q.rigid_spending_percent
