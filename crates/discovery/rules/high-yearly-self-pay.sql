-- id: high-yearly-self-pay
-- version: 3
-- procedure: help
-- subject: person
-- sensitivity: health
-- title: 当年个人自付医疗费用较高
-- why: {occasion}年个人自付医疗费用累计{self_paid_fen}元（最近一次结算{last_on}），达到关注标准{threshold_fen}元（是否低收入家庭成员：{low_income}）。
-- legal-basis: 《社会救助暂行办法》（国务院令第649号）；《国务院办公厅关于健全重特大疾病医疗保险和救助制度的意见》（国办发〔2021〕42号）；《国务院办公厅转发民政部等单位〈关于加强低收入人口动态监测做好分层分类社会救助工作的意见〉的通知》（国办发〔2023〕39号）
-- feeds: medical-insurance, registry, police
-- due: 10 working days
-- occasion: event
-- clears: 结算被冲销后累计金额低于标准，或次年重新累计

-- Small bills are links: each month brings some, and they change little.
SELECT p.person             AS subject,
       c.year               AS occasion,
       sum(s.self_paid_fen) AS self_paid_fen,
       max(s.on_day)        AS last_on,
       CASE WHEN p.low_income THEN q.high_self_pay_low_income_fen ELSE q.high_self_pay_fen END AS threshold_fen,
       p.low_income         AS low_income,
       array_agg(s.fact) FILTER (WHERE s.self_paid_fen >= q.reopening_self_pay_fen) AS triggers_settlement,
       array_agg(s.fact)    AS links_settlement,
       p.fact_low_income    AS fact_low_income,
       array_agg(p.fact_household) FILTER (WHERE p.low_income) AS facts_household
FROM settlement s
JOIN person p ON p.person = s.person
CROSS JOIN clock c
CROSS JOIN parameter q
WHERE p.living
  AND s.on_day >= c.year_start
GROUP BY p.person, c.year, p.low_income, p.fact_low_income, q.high_self_pay_fen, q.high_self_pay_low_income_fen
HAVING sum(s.self_paid_fen)
    >= CASE WHEN p.low_income THEN q.high_self_pay_low_income_fen ELSE q.high_self_pay_fen END
