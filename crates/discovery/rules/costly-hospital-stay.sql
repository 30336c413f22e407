-- id: costly-hospital-stay
-- version: 1
-- procedure: help
-- subject: person
-- sensitivity: health
-- title: 单次住院自付费用较高
-- why: 近{days}天内（{settled_on}）结算的一次住院，个人自付{self_paid_fen}元，达到关注标准{threshold_fen}元（是否低收入家庭成员：{low_income}）。
-- legal-basis: 《社会救助暂行办法》（国务院令第649号）；《国务院办公厅关于健全重特大疾病医疗保险和救助制度的意见》（国办发〔2021〕42号）；《国务院关于全面建立临时救助制度的通知》（国发〔2014〕47号）
-- feeds: medical-insurance, registry, police
-- due: 10 working days
-- occasion: event
-- clears: 结算被冲销或更正后低于标准，或结算超过期限
SELECT p.person          AS subject,
       s.settlement      AS occasion,
       s.on_day          AS settled_on,
       s.self_paid_fen   AS self_paid_fen,
       CASE WHEN p.low_income THEN q.costly_stay_low_income_fen ELSE q.costly_stay_fen END AS threshold_fen,
       p.low_income      AS low_income,
       q.costly_stay_days AS days,
       s.fact            AS trigger_settlement,
       p.fact_low_income AS fact_low_income,
       p.fact_household  AS fact_household
FROM settlement s
JOIN person p ON p.person = s.person
CROSS JOIN clock c
CROSS JOIN parameter q
WHERE p.living
  AND s.inpatient
  AND s.on_day > add_days(c.as_of, -q.costly_stay_days)
  AND s.self_paid_fen
   >= CASE WHEN p.low_income THEN q.costly_stay_low_income_fen ELSE q.costly_stay_fen END
